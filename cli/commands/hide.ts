// `syntonym hide`: pictures, films, archives and folders in, the same without faces and plates out. No server.
import { randomBytes } from 'node:crypto'
import { relative, resolve } from 'node:path'
import type { ModelChoice } from '#schemas/model-config.ts'
import { type CommandIo, failureText } from '../command-io.ts'
import { type ExitCode, exitCodeFor, UsageError } from '../exit-code.ts'
import { findInputs } from '../find-inputs.ts'
import { hideArchive } from '../hide-archive.ts'
import { inTurns } from '../in-turns.ts'
import { hideMedia } from '../media-run.ts'
import { type DeviceOptions, openPixels, type Pixels } from '../pixels.ts'
import { createProgress, type Progress } from '../progress.ts'
import { extensionOf } from '../pure/file-kind.ts'
import { type PlannedFile, planOutputs } from '../pure/output-plan.ts'
import { readSettings } from '../pure/settings.ts'

export interface HideOptions extends DeviceOptions {
  readonly output: string
  readonly model: string
  readonly set: readonly string[]
  readonly detections?: string
  readonly json?: boolean
  /** False encodes all of a film, also what could be taken over as it is. */
  readonly copy?: boolean
}

interface HideRun {
  readonly pixels: Pixels
  readonly choice: ModelChoice
  /** Forgotten with the run: nobody can draw the same synthetic faces again. */
  readonly synSeed: string
  readonly given: string | undefined
  readonly copy: boolean
  readonly progress: Progress
  readonly signal: AbortSignal
}

export async function hide(
  inputs: readonly string[],
  options: HideOptions,
  io: CommandIo,
): Promise<ExitCode> {
  const settings = readSettings(options.model, options.set)
  if (settings.verdict === 'refused') throw new UsageError(settings.reason)
  const plan = planOutputs(await findInputs(inputs), resolve(options.output))
  if (plan.verdict === 'refused') throw new UsageError(plan.reason)
  const given = options.detections === undefined ? undefined : resolve(options.detections)
  if (given !== undefined && (plan.files.length !== 1 || plan.files[0]?.kind === 'archive')) {
    throw new UsageError('--detections belongs to exactly one picture or film.')
  }
  const json = options.json === true
  for (const path of [...plan.skipped, ...plan.refused])
    io.err.write(`skipped ${shown(path)}: not a picture, film or archive
`)
  const progress = createProgress(json ? io.out : io.err, { json })
  await using pixels = await openPixels(io, { files: filesExpected(plan.files), devices: options })
  const run: HideRun = {
    pixels,
    choice: settings.choice,
    synSeed: randomBytes(32).toString('hex'),
    given,
    copy: options.copy !== false,
    progress,
    signal: io.signal,
  }
  const results = await inTurns(plan.files, pixels.slots, (file) => hideOne(run, file))
  progress.close()
  const bad = results.reduce((sum, result) => sum + result.bad, 0) + plan.refused.length
  const good = results.reduce((sum, result) => sum + result.good, 0)
  if (!json) io.err.write(`${good} hidden, ${bad} not\n`)
  return exitCodeFor({ good, bad })
}

/** How many may run at once; an archive holds several. */
const filesExpected = (files: readonly PlannedFile[]): number =>
  files.some((file) => file.kind === 'archive') ? Number.POSITIVE_INFINITY : files.length

const shown = (path: string): string => {
  const near = relative(process.cwd(), path)
  return near.startsWith('..') ? path : near
}

interface Tally {
  readonly good: number
  readonly bad: number
}

async function hideOne(run: HideRun, file: PlannedFile): Promise<Tally> {
  const label = shown(file.input)
  const onProgress = (now: {
    progress: number
    framesPerSecond: number | null
    etaSeconds: number | null
  }): void => run.progress.update(label, now.progress, now)
  try {
    if (file.kind === 'archive') {
      const tally = await hideArchive(run, file, (progress) => run.progress.update(label, progress))
      run.progress.end(label, tally.good > 0 ? 'done' : 'failed', `${tally.good} hidden, ${tally.bad} not`)
      return tally
    }
    const media = {
      id: label.slice(0, 100),
      kind: file.kind,
      path: file.input,
      extension: extensionOf(file.input),
    }
    const report = await hideMedia(
      run.pixels.pool,
      media,
      { choice: run.choice, output: file.output, given: run.given, copy: run.copy, synSeed: run.synSeed },
      { signal: run.signal, onProgress },
    )
    run.progress.end(label, 'done', `${report.faces} faces, ${report.plates} plates`)
    return { good: 1, bad: 0 }
  } catch (error) {
    if (run.signal.aborted) throw error
    run.progress.end(label, 'failed', failureText(error))
    return { good: 0, bad: 1 }
  }
}
