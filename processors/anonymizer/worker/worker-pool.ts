// Warm media workers, one for each slot: hands every task to a free one and promises an answer, whatever the file does.
import type { WorkerLimits } from '../pure/worker-limits.ts'
import type { TaskWatch } from './media-child.ts'
import type { RenderReport } from './protocol.ts'
import { openTaskFolder, slotFolder, sweepWorkRoot, type TaskFolder } from './task-folder.ts'
import { Turns } from './turns.ts'
import { type MediaOrder, type SlotEvents, type SpawnWorker, WorkerSlot } from './worker-slot.ts'

/** A worker that is kept free for whoever holds this, until it is disposed. */
export interface WorkerTurn extends Disposable {
  /** Throws as {@link WorkerPool.run}; may be called again. */
  run(order: MediaOrder, folder: TaskFolder, watch: TaskWatch): Promise<RenderReport>
}

export interface WorkerPool extends AsyncDisposable {
  readonly slots: number
  /** Waits until every slot holds a warm worker; says what the models run on. @throws {WorkerUnfit} */
  ready(): Promise<{ readonly executionProvider: string }>
  /** A private folder for the files of one task. Put the input in, run, take the output out, dispose. */
  openFolder(): Promise<TaskFolder>
  /**
   * Has a task done by the next free worker; waits for one. Meanwhile the folder is out of reach.
   * @throws {PermanentFailure} with the worker's code, {@link TransientFailure} DISK_FULL, {@link WorkerDeath},
   * {@link WorkerUnfit}, or the reason of the signal: aborting kills the worker.
   */
  run(order: MediaOrder, folder: TaskFolder, watch: TaskWatch): Promise<RenderReport>
  /** Waits for a free worker and keeps it. @throws the signal's reason */
  take(signal: AbortSignal): Promise<WorkerTurn>
}

export interface WorkerPoolOptions {
  readonly slots: number
  /** An absolute path that belongs to this pool alone; what an earlier run left there is removed. */
  readonly root: string
  readonly spawn: SpawnWorker
  readonly limits: WorkerLimits
  readonly events?: Partial<SlotEvents>
  /** Told how many workers have a task in hand, at each change. */
  readonly onRunning?: (tasks: number) => void
}

export async function createWorkerPool(options: WorkerPoolOptions): Promise<WorkerPool> {
  const { root, slots, spawn, limits } = options
  await sweepWorkRoot(root, slots)
  const closed = new AbortController()
  const events: SlotEvents = {
    onDeath: () => {},
    onReplaced: () => {},
    onUnfit: () => {},
    ...options.events,
  }
  const all = Array.from(
    { length: slots },
    (_, index) => new WorkerSlot(slotFolder(root, index), { spawn, limits, events, closed: closed.signal }),
  )
  const turns = new Turns(all)
  let running = 0
  const count = (change: 1 | -1): void => {
    running += change
    options.onRunning?.(running)
  }
  const take = async (signal: AbortSignal): Promise<WorkerTurn> => {
    const slot = await turns.take(AbortSignal.any([signal, closed.signal]))
    return {
      run: async (order, folder, watch) => {
        count(1)
        try {
          const until = AbortSignal.any([watch.signal, closed.signal])
          return await slot.run(order, folder, { ...watch, signal: until })
        } finally {
          count(-1)
        }
      },
      [Symbol.dispose]: () => turns.giveBack(slot),
    }
  }
  return {
    slots,
    ready: async () => {
      const [first] = await Promise.all(all.map((slot) => slot.warm()))
      return { executionProvider: first?.executionProvider ?? 'none' }
    },
    openFolder: () => openTaskFolder(root),
    run: async (order, folder, watch) => {
      using turn = await take(watch.signal)
      return await turn.run(order, folder, watch)
    },
    take,
    [Symbol.asyncDispose]: async () => {
      closed.abort(new DOMException('The worker pool was closed.', 'AbortError'))
      await turns.allBack()
      await Promise.all(all.map((slot) => slot.close()))
    },
  }
}
