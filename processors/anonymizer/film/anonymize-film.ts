// Hides every face and plate of a film, or fails with a code and leaves nothing behind.
import { rm, stat } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { PermanentFailure } from '#runtime/failure.ts'
import type { MediaTask, RenderReport, WorkerProgress, WorkStage } from '../worker/protocol.ts'
import { chooseDevices, deviceFacts } from './choose-devices.ts'
import { type FilmModels, USUAL_LOOKS } from './film-looks.ts'
import { filmProgress } from './film-progress.ts'
import type { FilmTuning } from './film-run.ts'
import { inspectFilm } from './inspect-film.ts'
import { containerRules } from './pure/container.ts'
import { filmSettings } from './pure/film-settings.ts'
import { USUAL_QUALITY } from './pure/video-encoding.ts'
import { runFilm } from './run-film.ts'

export interface FilmHooks {
  /** At most once a second, never going back. */
  readonly progress: (said: WorkerProgress) => void
  /** Displayed pixels of one frame, before the film is worked on. */
  readonly sized?: (pixels: number) => void
  /** A part of a long film is done and lies under this name in the task's folder of parts. */
  readonly part?: (name: string) => void
  readonly stage?: (stage: WorkStage) => void
}

const MAX_CODEC_THREADS = 8
export const USUAL_TUNING: FilmTuning = {
  looks: USUAL_LOOKS,
  quality: USUAL_QUALITY,
  threads: Math.min(MAX_CODEC_THREADS, availableParallelism()),
  copy: true,
  windowBytes: 256 * 1024 * 1024,
  partSeconds: 60,
}

/**
 * Reads `task.inputPath`, writes the detection document and, unless `until` is `detected`, the hidden film. On any
 * failure no output is left behind.
 * @throws {PermanentFailure} MEDIA_*, DETECTION_FAILED, RENDER_FAILED, OUTPUT_UNVERIFIED, *_NOT_AVAILABLE
 * @throws {TransientFailure} DISK_FULL @throws the signal's reason
 */
export async function anonymizeFilm(
  task: MediaTask,
  models: FilmModels,
  hooks: FilmHooks,
  signal: AbortSignal,
  tuning: FilmTuning = USUAL_TUNING,
): Promise<RenderReport> {
  const rules = containerRules(task.extension)
  if (!rules) throw new PermanentFailure('TYPE_NOT_ACCEPTED', 'The extension is no film’s.')
  const settings = filmSettings(task.choice)
  try {
    const facts = inspectFilm(task.inputPath, rules)
    hooks.sized?.(facts.displayed.width * facts.displayed.height)
    const progress = filmProgress(hooks.progress, facts, (await stat(task.inputPath)).size)
    const told = { onPart: hooks.part, onStage: hooks.stage }
    const film = { task, rules, facts, tuning }
    const run = { ...film, ...chooseDevices(film), settings, models, progress, ...told }
    const report = await runFilm(run, signal)
    return { ...report, facts: { ...report.facts, ...deviceFacts(run) } }
  } catch (error) {
    await rm(task.outputPath, { force: true })
    throw error
  }
}
