// Decides the deletion of a job: only one that has ended goes, and afterwards it is as if it had never been.
import type { Decision } from '#schemas/state-keys.ts'
import { decisionKey } from '#schemas/state-keys.ts'
import type { Known, Verdict } from './decision-step.ts'
import { jobFact } from './job-fact.ts'
import { jobFinish, type Progressed } from './job-finish.ts'
import { standing } from './known-decision.ts'

export interface DeleteRead extends Progressed {
  readonly decision: Known<Decision> | undefined
}
export interface DeleteCommand {
  readonly accountId: string
  readonly jobId: string
  readonly nowMs: number
}
export type DeleteAnswer = { readonly say: 'deleted' | 'unknown' | 'not-ended' }

/** The verdict on one deletion: completed, failed and cancelled jobs go, every other one stays. */
export function decideDelete(read: DeleteRead, command: DeleteCommand): Verdict<DeleteAnswer> {
  const stands = standing(command.accountId, read.decision)
  if (stands.is === 'unknown') return { do: 'answer', answer: { say: 'unknown' } }
  // "It is gone" is a promise, too.
  if (stands.is === 'deleted')
    return { do: 'answer', answer: { say: 'unknown' }, restsOnFactsOf: command.jobId }
  const finish = jobFinish(read).is
  const ended = stands.is === 'cancelled' || finish === 'refused' || finish === 'finished'
  if (!ended) return { do: 'answer', answer: { say: 'not-ended' } }
  const deleted: Decision = { ...stands.known.value, state: 'deleted' }
  return {
    do: 'commit',
    step: {
      checks: [{ key: decisionKey(command.jobId), version: stands.known.version }],
      puts: [{ key: decisionKey(command.jobId), value: JSON.stringify(deleted) }],
      facts: [jobFact('JobDeleted', command, {})],
    },
    answer: { say: 'deleted' },
  }
}
