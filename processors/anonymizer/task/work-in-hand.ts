// What one attempt at a task goes by.
import type { Fence } from '#runtime/state/state-store.ts'
import type { EventOf } from '#schemas/events/event-types.ts'
import type { Attempt } from '../pure/settle-events.ts'

export interface WorkInHand {
  readonly event: EventOf<'TaskReady'>
  readonly attempt: Attempt
  readonly fence: Fence
  /** Aborts when the process stops, the lease is lost or the task is called off. */
  readonly signal: AbortSignal
}
