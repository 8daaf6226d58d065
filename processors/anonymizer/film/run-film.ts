// Takes a film through one pass or two, whole or in parts: looking, writing the document, hiding, writing the film.
import type { MediaTask, RenderReport } from '../worker/protocol.ts'
import { CopyDoubt } from './copy-doubt.ts'
import { type DocumentReader, readDocument } from './document-file.ts'
import { documentLooks } from './document-looks.ts'
import { type FilmModels, filmLooks, type LookRules } from './film-looks.ts'
import type { FilmProgress } from './film-progress.ts'
import { filmReport } from './film-report.ts'
import type { FilmFacts } from './inspect-film.ts'
import { filmInParts } from './parts/film-in-parts.ts'
import type { ContainerRules } from './pure/container.ts'
import type { FilmSettings } from './pure/film-settings.ts'
import { pixelLayout, workingFormat } from './pure/pixel-layout.ts'
import type { EncodingQuality } from './pure/video-encoding.ts'
import { type PartPlan, type PassOutcome, takePass } from './take-pass.ts'

/** What may differ from one machine or measurement to another. */
export interface FilmTuning {
  readonly looks: LookRules
  readonly quality: EncodingQuality
  /** Threads of decoder and encoder, each. */
  readonly threads: number
  /** Groups of pictures without anything to hide are taken over as they are where that is safe. */
  readonly copy: boolean
  /** Pictures waiting for their detections may take so many bytes; beyond it the film is decoded twice. */
  readonly windowBytes: number
  /** Where a task keeps parts, a part is at least so long. */
  readonly partSeconds: number
}

export interface FilmRun {
  readonly task: MediaTask
  readonly rules: ContainerRules
  readonly settings: FilmSettings
  readonly facts: FilmFacts
  readonly models: FilmModels
  readonly progress: FilmProgress
  readonly tuning: FilmTuning
  /** Called when a part of the film is done and lies in the task's folder of parts. */
  readonly onPart?: ((name: string) => void) | undefined
}

/** In parts where the task keeps them and the film is long; else takes over what need not be encoded, or encodes it whole. */
export async function runFilm(run: FilmRun, signal: AbortSignal): Promise<RenderReport> {
  const parted =
    run.task.partsPath === undefined ? undefined : await filmInParts(run, run.task.partsPath, signal)
  if (parted && 'frames' in parted) return parted
  const report = await wholeFilm(run, signal)
  return parted ? { ...report, facts: { ...report.facts, not_parted: parted.why } } : report
}

/** Where parts of the film turn out not to fit, it is begun again and encoded whole. */
async function wholeFilm(run: FilmRun, signal: AbortSignal): Promise<RenderReport> {
  try {
    return await reported(run, signal)
  } catch (error) {
    if (!(error instanceof CopyDoubt)) throw error
    const report = await reported({ ...run, tuning: { ...run.tuning, copy: false } }, signal)
    return { ...report, facts: { ...report.facts, not_copied: 'parts do not fit' } }
  }
}

async function reported(run: FilmRun, signal: AbortSignal): Promise<RenderReport> {
  const { outcome, looks, decodedTwice } = await lookAndHide(run, signal)
  const { passed, tally, found, leftOut, soundTracks, rendered } = outcome
  const report = filmReport({
    ...{
      extension: run.task.extension,
      facts: run.facts,
      leftOut,
      soundTracks,
      tally,
      ...found,
      looks,
      rendered,
    },
    repairedTimes: passed.repairedTimes,
  })
  const more = { ...(decodedTwice ? { decoded_twice: true } : {}), ...outcome.synFacts }
  return { ...report, facts: { ...report.facts, ...more } }
}

export interface LookedAndHidden {
  /** Of the pass that wrote. */
  readonly outcome: PassOutcome
  /** Counts of the pass that looked. */
  readonly looks: Readonly<Record<string, number>>
  readonly decodedTwice: boolean
}

/** Share of the work that looking is where the film is decoded twice. */
const LOOKING_PART = 0.8

/** How far along the whole film this is, 0..1, and how long it takes. */
export interface Along {
  readonly from: number
  readonly to: number
  readonly seconds?: number | undefined
}

/** One decode where the waiting pictures fit into memory, else one to look and one to hide. */
export async function lookAndHide(
  run: FilmRun,
  signal: AbortSignal,
  part?: PartPlan,
  along: Along = { from: 0, to: 1 },
): Promise<LookedAndHidden> {
  const { task, facts, tuning, progress } = run
  const render = task.until === 'rendered'
  if (task.givenDocumentPath !== undefined) {
    const outcome = await renderDocument(run, task.givenDocumentPath, signal)
    return { outcome, looks: outcome.looks, decodedTwice: false }
  }
  using looks = filmLooks(facts, run.settings, run.models, tuning.looks)
  const fits = looks.longestDelay * pictureBytes(facts) <= tuning.windowBytes
  const middle = render && !fits ? along.from + LOOKING_PART * (along.to - along.from) : along.to
  progress.pass(along.from, middle, along.seconds)
  const { documentPath } = task
  const first = await takePass(
    run,
    fits || !render
      ? { looks, render, ...(part ? { part } : { documentPath }) }
      : { looks, render: false, documentPath, part },
    signal,
  )
  if (!render || fits) return { outcome: first, looks: first.looks, decodedTwice: false }
  progress.pass(middle, along.to, along.seconds)
  const outcome = await renderDocument(run, documentPath, signal, part)
  return { outcome, looks: first.looks, decodedTwice: true }
}

async function renderDocument(
  run: FilmRun,
  path: string,
  signal: AbortSignal,
  part?: PartPlan,
): Promise<PassOutcome> {
  await using reader: DocumentReader = await readDocument(path)
  using looks = documentLooks(reader, run.facts)
  return takePass(run, { looks, render: run.task.until === 'rendered', part }, signal)
}

/** Bytes of a decoded picture: three planes at most, as if none were halved where that is not known. */
function pictureBytes({ stored, pixelFormat }: FilmFacts): number {
  const layout = pixelLayout(workingFormat(pixelFormat))
  if (!layout) return stored.width * stored.height * 6
  const samples = layout.planes.reduce((sum, plane) => sum + 1 / (1 << (plane.xShift + plane.yShift)), 0)
  return stored.width * stored.height * samples * (layout.bits > 8 ? 2 : 1)
}
