// Makes the fact of a decision, with an id derived from its cause, so that deciding twice makes the same fact.
import type { EventData, EventOf, EventType } from '#schemas/events/event-types.ts'
import { eventId } from '#schemas/ids.ts'

export interface FactOrigin {
  readonly accountId: string
  /** Empty for facts of an account. */
  readonly jobId: string
  /** Milliseconds since 1970, UTC. */
  readonly nowMs: number
}

/** A fact of type `type`; `cause` is what makes it the only one of its kind (usually the job id). */
export function jobFact<T extends EventType>(
  type: T,
  origin: FactOrigin,
  data: EventData<T>,
  ...cause: readonly (string | number)[]
): EventOf<T> {
  const fact = {
    event_id: eventId(type, ...(cause.length > 0 ? cause : [origin.jobId])),
    occurred_at_ms: origin.nowMs,
    account_id: origin.accountId,
    job_id: origin.jobId,
    type,
    data,
  }
  return fact as unknown as EventOf<T>
}
