// What handling a task needs from outside, and the times it keeps to.
import type { Bus, BusMessage } from '#runtime/bus/bus.ts'
import type { Clock } from '#runtime/clock.ts'
import type { Log } from '#runtime/log.ts'
import type { Objects } from '#runtime/objects/objects.ts'
import type { StateStore } from '#runtime/state/state-store.ts'
import type { Event, EventOf } from '#schemas/events/event-types.ts'
import type { StartLimits } from '../pure/settle-decision.ts'
import type { TaskMetrics } from '../task-metrics.ts'
import type { WorkerPool } from '../worker/worker-pool.ts'
import type { FilmHands } from './film-hands.ts'

export interface TaskTiming extends StartLimits {
  readonly leaseTtlMs: number
  readonly leaseRenewMs: number
  /** How often a running film asks whether it was called off, and a waiting task whether the lease is free. */
  readonly pollMs: number
  readonly progressMs: number
  /** How long a finished result waits for a store that is away before the work is given up, to be done again. */
  readonly patienceMs: number
}

export const TASK_TIMING: TaskTiming = {
  leaseTtlMs: 10_000,
  leaseRenewMs: 2_500,
  pollMs: 500,
  progressMs: 1_000,
  patienceMs: 600_000,
  unexplainedStarts: 20,
}

/** How films are shared with other workers. */
export interface FilmSharing {
  /** A film is shared that is cut into at least so many parts. */
  readonly leastParts: number
  readonly hands: FilmHands
  /** Once it aborts, no further part of somebody else's film is begun. */
  readonly draining: AbortSignal
  /** The bytes of a request for a hand, on the topic of films. */
  readonly encode: (ready: EventOf<'FilmPartReady'>) => Promise<BusMessage>
}

export interface TaskPorts {
  readonly store: StateStore
  readonly objects: Objects
  readonly bus: Pick<Bus, 'publish'>
  /** The bytes of a fact on its topic. */
  readonly encode: (fact: Event) => Promise<BusMessage>
  readonly pool: WorkerPool
  readonly clock: Clock
  /** Unique for each run of the process. */
  readonly owner: string
  readonly timing: TaskTiming
  /** A long film is worked on in parts of at least so many seconds; else as usual. */
  readonly filmPartSeconds?: number | undefined
  /** Without, each film is one worker's. */
  readonly sharing?: FilmSharing | undefined
  readonly log: Log
  readonly metrics: TaskMetrics
}
