// Decides the cancellation of a job: it holds only while at least one file is not settled, checked in the same step.
import type { Decision, PlanEntry } from '#schemas/state-keys.ts'
import { decisionKey, planEntryKey, settledCounter } from '#schemas/state-keys.ts'
import { type Known, type Verdict, versionOf } from './decision-step.ts'
import { jobFact } from './job-fact.ts'
import { standing } from './known-decision.ts'

export interface CancelJobRead {
  readonly decision: Known<Decision> | undefined
  readonly plan: Known<PlanEntry> | undefined
  readonly settledCount: number
}
export interface CancelJobCommand {
  readonly accountId: string
  readonly jobId: string
  readonly nowMs: number
}
export type CancelJobAnswer = { readonly say: 'cancelled' | 'already-cancelled' | 'unknown' | 'finished' }

/** The verdict on one cancellation. A job whose last file is settled meanwhile stays finished. */
export function decideCancelJob(read: CancelJobRead, command: CancelJobCommand): Verdict<CancelJobAnswer> {
  const stands = standing(command.accountId, read.decision)
  if (stands.is === 'unknown' || stands.is === 'deleted') {
    return { do: 'answer', answer: { say: 'unknown' } }
  }
  if (stands.is === 'cancelled') {
    return { do: 'answer', answer: { say: 'already-cancelled' }, restsOnFactsOf: command.jobId }
  }
  const plan = read.plan?.value
  const ended = plan !== undefined && (plan.verdict === 'refused' || read.settledCount >= plan.runnable_count)
  if (ended) return { do: 'answer', answer: { say: 'finished' } }
  return cancellation(stands.known, read.plan, command)
}

function cancellation(
  known: Known<Decision>,
  plan: Known<PlanEntry> | undefined,
  command: CancelJobCommand,
): Verdict<CancelJobAnswer> {
  const { jobId } = command
  const cancelled: Decision = { ...known.value, state: 'cancelled' }
  // The step refuses itself when the last file is settled between the read and the write.
  const stillRunning =
    plan?.value.verdict === 'planned'
      ? [{ counter: settledCounter(jobId), delta: 0, max: plan.value.runnable_count - 1 }]
      : []
  return {
    do: 'commit',
    step: {
      checks: [
        { key: decisionKey(jobId), version: known.version },
        { key: planEntryKey(jobId), version: versionOf(plan) },
      ],
      puts: [{ key: decisionKey(jobId), value: JSON.stringify(cancelled) }],
      adds: stillRunning,
      facts: [jobFact('JobCancelled', command, {})],
    },
    answer: { say: 'cancelled' },
  }
}
