// Writes down the step that ends a task of a called-off job: cancelled once, its credits back where they came from.
import { creditMoves } from '#schemas/credit-moves.ts'
import type { EventOf } from '#schemas/events/event-types.ts'
import { eventId } from '#schemas/ids.ts'
import type { PlannedTask } from '#schemas/plan.ts'
import { type Decision, decisionKey, settledCounter, settledKey } from '#schemas/state-keys.ts'
import type { JobOrigin } from './job-facts.ts'

/** Nobody worked at the task: attempts count from 1. */
const NO_ATTEMPT = 0

/** Holds only while nobody else has settled the task and the decision is the one that was read. */
export const callOffStep = (
  jobId: string,
  task: PlannedTask,
  known: { readonly decision: Decision; readonly version: number },
) => ({
  checks: [
    { key: decisionKey(jobId), version: known.version },
    { key: settledKey(task.task_id), version: 0 },
  ],
  puts: [{ key: settledKey(task.task_id), value: JSON.stringify('cancelled') }],
  adds: [
    { counter: settledCounter(jobId), delta: 1 },
    ...creditMoves(known.decision, task.credit_cost, 'cancelled'),
  ],
})

export const calledOffFact = (origin: JobOrigin, task: PlannedTask): EventOf<'TaskCancelled'> => ({
  event_id: eventId('TaskCancelled', task.task_id, NO_ATTEMPT),
  occurred_at_ms: origin.nowMs,
  account_id: origin.accountId,
  job_id: origin.jobId,
  type: 'TaskCancelled',
  data: { task_id: task.task_id, attempt: NO_ATTEMPT, credit_cost: task.credit_cost },
})
