// Keeps one warm worker in one place: starts it before it is needed, replaces it when it died, was killed or is worn.
import { setTimeout } from 'node:timers/promises'
import type { BoxedChild } from '#runtime/box/spawn-boxed.ts'
import type { WorkerLimits } from '../pure/worker-limits.ts'
import { MediaChild, type TaskWatch } from './media-child.ts'
import type { MediaTask, RenderReport } from './protocol.ts'
import { lendFolder, type TaskFolder, takeFolderBack, taskPaths } from './task-folder.ts'
import { WorkerDeath, WorkerUnfit } from './worker-death.ts'

/** Starts a worker process that may write `folder` and nothing else. Aborting kills it. */
export type SpawnWorker = (folder: string, signal: AbortSignal) => Promise<BoxedChild>

/** A task without its paths: those are the pool's affair. */
export interface MediaOrder
  extends Pick<
    MediaTask,
    'id' | 'kind' | 'extension' | 'until' | 'choice' | 'copy' | 'synSeed' | 'partSeconds' | 'shared'
  > {
  /** Render from the document that lies in the folder as `given`. */
  readonly given: boolean
}

export type ReplaceReason = 'death' | 'abort' | 'tasks' | 'growth' | 'mistake'

export interface SlotEvents {
  onDeath(death: WorkerDeath, stderr: string): void
  /** `stderr`: the beginning of what the worker wrote there. */
  onReplaced(reason: ReplaceReason, stderr: string): void
  /** No worker can be started here. */
  onUnfit(unfit: WorkerUnfit): void
}

export class WorkerSlot {
  readonly #path: string
  readonly #spawn: SpawnWorker
  readonly #limits: WorkerLimits
  readonly #events: SlotEvents
  readonly #closed: AbortSignal
  #child: Promise<MediaChild> | undefined

  constructor(
    path: string,
    parts: { spawn: SpawnWorker; limits: WorkerLimits; events: SlotEvents; closed: AbortSignal },
  ) {
    this.#path = path
    this.#spawn = parts.spawn
    this.#limits = parts.limits
    this.#events = parts.events
    this.#closed = parts.closed
  }

  /** The warm worker; starts one where there is none. @throws {WorkerUnfit} */
  async warm(): Promise<MediaChild> {
    this.#closed.throwIfAborted()
    this.#child ??= this.#start()
    try {
      const child = await this.#child
      if (child.alive) return child
    } catch (error) {
      this.#child = undefined
      if (error instanceof WorkerUnfit) this.#events.onUnfit(error)
      throw error
    }
    // It died between two tasks: nobody's fault that we know of.
    this.#child = undefined
    return this.warm()
  }

  async #start(): Promise<MediaChild> {
    for (let failures = 0; ; failures++) {
      try {
        return await MediaChild.ready(await this.#spawn(this.#path, this.#closed), this.#limits)
      } catch (error) {
        this.#closed.throwIfAborted()
        const pauseMs = this.#limits.startPausesMs[failures]
        // A worker that says itself that it is unfit will say so again.
        const hopeless = error instanceof WorkerUnfit && error.said
        if (hopeless || pauseMs === undefined) throw error
        await setTimeout(pauseMs, undefined, { signal: this.#closed })
      }
    }
  }

  /** Has one task done, with its folder lent to this slot's worker meanwhile. Throws as {@link MediaChild.run}. */
  async run(order: MediaOrder, folder: TaskFolder, watch: TaskWatch): Promise<RenderReport> {
    const child = await orAborted(this.warm(), watch.signal)
    const inside = await lendFolder(folder, this.#path)
    try {
      const report = await child.run(mediaTask(order, inside), watch)
      const wear = child.wear()
      if (wear.do === 'replace') await this.#replace(child, wear.reason)
      return report
    } catch (error) {
      await this.#afterFailure(child, error)
      throw error
    } finally {
      await takeFolderBack(folder, this.#path)
      this.#startNext()
    }
  }

  async #afterFailure(child: MediaChild, error: unknown): Promise<void> {
    if (error instanceof WorkerDeath) {
      this.#events.onDeath(error, (await child.ended).stderr)
      await this.#replace(child, 'death')
    } else if (!child.alive) await this.#replace(child, 'abort')
    else if (error instanceof Error && 'code' in error && error.code === 'INTERNAL')
      // After a mistake of ours nobody knows what state it is in.
      await this.#replace(child, 'mistake')
    else {
      const wear = child.wear()
      if (wear.do === 'replace') await this.#replace(child, wear.reason)
    }
  }

  async #replace(child: MediaChild, reason: ReplaceReason): Promise<void> {
    this.#child = undefined
    await child.kill()
    this.#events.onReplaced(reason, (await child.ended).stderr)
  }

  /** The next task finds a warm worker; if none can be started, that task is told. */
  #startNext(): void {
    if (this.#child === undefined && !this.#closed.aborted) this.warm().catch(() => {})
  }

  async close(): Promise<void> {
    const child = await this.#child?.catch(() => undefined)
    await child?.kill()
  }
}

/** Stops waiting when the signal aborts; what was waited for goes on. */
async function orAborted<T>(what: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  const aborted = Promise.withResolvers<never>()
  const onAbort = (): void => aborted.reject(signal.reason)
  signal.addEventListener('abort', onAbort)
  try {
    return await Promise.race([what, aborted.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

function mediaTask(order: MediaOrder, folder: string): MediaTask {
  const { given, ...rest } = order
  const paths = taskPaths(folder, order.extension)
  return {
    ...rest,
    inputPath: paths.input,
    outputPath: paths.output,
    documentPath: paths.document,
    ...(order.kind === 'film' ? { partsPath: paths.parts } : {}),
    ...(given ? { givenDocumentPath: paths.given } : {}),
  }
}
