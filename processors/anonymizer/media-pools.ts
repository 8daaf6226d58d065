// Opens the two pools of media workers, for pictures and for films, boxed and with the models of this installation.
import { join } from 'node:path'
import type { Box } from '#runtime/box/pure/box-request.ts'
import type { Log } from '#runtime/log.ts'
import { FILM_LIMITS, PICTURE_LIMITS, type WorkerLimits } from './pure/worker-limits.ts'
import type { MediaKind } from './result-metrics.ts'
import type { TaskMetrics } from './task-metrics.ts'
import { mediaWorkerSpawner, type WorkerSetup } from './worker/spawn-media-worker.ts'
import { createWorkerPool, type WorkerPool } from './worker/worker-pool.ts'

export interface MediaPools extends AsyncDisposable {
  readonly picture: WorkerPool
  readonly film: WorkerPool
}

export interface MediaPoolOptions {
  readonly box: Box
  /** A folder that belongs to these pools alone; what an earlier run left there is removed. */
  readonly workFolder: string
  readonly setup: WorkerSetup
  readonly slots: Readonly<Record<MediaKind, number>>
  /** Threads of each worker of a kind, where they differ from the setup's. */
  readonly threads?: Readonly<Partial<Record<MediaKind, number>>>
  readonly limits?: Readonly<Record<MediaKind, WorkerLimits>>
  readonly log: Log
  readonly metrics: Pick<TaskMetrics, 'workerDied' | 'workerReplaced' | 'workerUnfit' | 'running'>
}

const LIMITS: Readonly<Record<MediaKind, WorkerLimits>> = { picture: PICTURE_LIMITS, film: FILM_LIMITS }

export async function openMediaPools(options: MediaPoolOptions): Promise<MediaPools> {
  const told = new Set<string>()
  const open = (kind: MediaKind): Promise<WorkerPool> => openPool(options, kind, told)
  const [picture, film] = await Promise.all([open('picture'), open('film')])
  return {
    picture,
    film,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([picture[Symbol.asyncDispose](), film[Symbol.asyncDispose]()])
    },
  }
}

const UNFIT_ADVICE =
  'No task is taken. Run `syntonym models` and `syntonym doctor` here; docs/runbooks/worker-unfit.md says what to do.'

/** `told`: codes of unfit workers that were logged already, since every place of every pool meets the same. */
function openPool(options: MediaPoolOptions, kind: MediaKind, told: Set<string>): Promise<WorkerPool> {
  const { log, metrics, box } = options
  const { films, ...common } = options.setup
  const threads = options.threads?.[kind] ?? common.threads
  // Who makes pictures needs no GPU for films.
  const setup = { ...common, threads, ...(kind === 'film' && films ? { films } : {}) }
  const limits = (options.limits ?? LIMITS)[kind]
  return createWorkerPool({
    slots: options.slots[kind],
    root: join(options.workFolder, `${kind}s`),
    spawn: mediaWorkerSpawner(box, setup, limits),
    limits,
    onRunning: (tasks) => metrics.running(kind, tasks),
    events: {
      onDeath: (death, stderr) => {
        metrics.workerDied(kind, death.by)
        log.warn({ kind, code: death.code, by: death.by, stderr }, 'a media worker died')
      },
      onUnfit: ({ code, message }) => {
        metrics.workerUnfit(kind, code)
        if (!told.has(code)) log.error({ kind, code }, `${message} ${UNFIT_ADVICE}`)
        told.add(code)
      },
      onReplaced: (reason, stderr) => {
        metrics.workerReplaced(kind, reason)
        if (reason === 'mistake') log.error({ kind, stderr }, 'a media worker made a mistake')
        else log.info({ kind, reason }, 'a media worker was replaced')
      },
    },
  })
}
