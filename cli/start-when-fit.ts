// Keeps a process up whose workers cannot be started: it takes no work, says so, and tries again until they can.
import { WorkerUnfit } from '#anonymizer/worker/worker-death.ts'
import { pause } from '#runtime/pause.ts'

export interface Work {
  /** Resolves when it was stopped or drained. */
  readonly done: Promise<void>
}
export interface FitOptions {
  /** @throws {WorkerUnfit} when the models cannot be loaded as configured */
  readonly start: () => Promise<Work>
  readonly onUnfit: (code: string) => void
  readonly onFit: () => void
  readonly retryMs: number
  /** Ends the waiting; whatever works has to be stopped by its own signal. */
  readonly signal: AbortSignal
}

/** Resolves when the first try is over, well or not. Anything but an unfit worker is thrown, or ends `done`. */
export async function startWhenFit(options: FitOptions): Promise<Work> {
  const first = await tryStart(options)
  const done = workWhileFit(options, first)
  done.catch(() => undefined)
  return { done }
}

async function tryStart({ start, onFit, onUnfit }: FitOptions): Promise<Work | undefined> {
  try {
    const work = await start()
    onFit()
    return work
  } catch (error) {
    if (!(error instanceof WorkerUnfit)) throw error
    onUnfit(error.code)
    return undefined
  }
}

async function workWhileFit(options: FitOptions, first: Work | undefined): Promise<void> {
  const { signal, retryMs } = options
  let work = first
  while (true) {
    if (work !== undefined && (await endedWell(work, options))) return
    await pause(retryMs, signal)
    if (signal.aborted) return
    work = await tryStart(options)
  }
}

async function endedWell(work: Work, { onUnfit }: FitOptions): Promise<boolean> {
  try {
    await work.done
    return true
  } catch (error) {
    if (!(error instanceof WorkerUnfit)) throw error
    onUnfit(error.code)
    return false
  }
}
