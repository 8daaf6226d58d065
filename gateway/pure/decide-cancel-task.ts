// Decides the cancellation of one file of a job: it is either settled before the request or stopped by it, never both.
import type { Decision, PlanEntry, Settled } from '#schemas/state-keys.ts'
import { decisionKey, settledKey, taskCancelKey } from '#schemas/state-keys.ts'
import type { Known, Verdict } from './decision-step.ts'
import { jobFact } from './job-fact.ts'
import { standing } from './known-decision.ts'

export interface CancelTaskRead {
  readonly decision: Known<Decision> | undefined
  readonly plan: PlanEntry | undefined
  /** True when the extractor refused this file: it failed before it could run. */
  readonly refused: boolean
  readonly settled: Settled | undefined
  readonly cancelRequested: boolean
}
export interface CancelTaskCommand {
  readonly accountId: string
  readonly jobId: string
  readonly taskId: string
  readonly nowMs: number
}
export type CancelTaskAnswer = { readonly say: 'cancelled' | 'already-cancelled' | 'unknown' | 'finished' }

/** The verdict on the cancellation of one task. */
export function decideCancelTask(
  read: CancelTaskRead,
  command: CancelTaskCommand,
): Verdict<CancelTaskAnswer> {
  const stands = standing(command.accountId, read.decision)
  if (stands.is === 'unknown' || stands.is === 'deleted') {
    return { do: 'answer', answer: { say: 'unknown' } }
  }
  const jobRefused = read.plan?.verdict === 'refused'
  if (read.settled === 'completed' || read.settled === 'failed' || read.refused || jobRefused) {
    return { do: 'answer', answer: { say: 'finished' } }
  }
  if (read.settled === 'cancelled' || read.cancelRequested || stands.is === 'cancelled') {
    return { do: 'answer', answer: { say: 'already-cancelled' }, restsOnFactsOf: command.jobId }
  }
  return {
    do: 'commit',
    step: {
      checks: [
        { key: decisionKey(command.jobId), version: stands.known.version },
        { key: settledKey(command.taskId), version: 0 },
        { key: taskCancelKey(command.taskId), version: 0 },
      ],
      puts: [{ key: taskCancelKey(command.taskId), value: JSON.stringify(command.jobId) }],
      facts: [jobFact('TaskCancelRequested', command, { task_id: command.taskId }, command.taskId)],
    },
    answer: { say: 'cancelled' },
  }
}
