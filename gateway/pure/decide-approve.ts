// Decides an approval: credits are held in the same step, so a job is never approved without its cost set aside.
import type { Decision, PlanEntry } from '#schemas/state-keys.ts'
import { creditCounter, decisionKey } from '#schemas/state-keys.ts'
import type { Known, Verdict } from './decision-step.ts'
import { jobFact } from './job-fact.ts'
import { standing } from './known-decision.ts'

export interface ApproveRead {
  readonly decision: Known<Decision> | undefined
  readonly plan: PlanEntry | undefined
}
export interface ApproveCommand {
  readonly accountId: string
  readonly jobId: string
  readonly nowMs: number
}
export type ApproveAnswer =
  | { readonly say: 'approved'; readonly heldCredits: number }
  | { readonly say: 'needs-no-approval' | 'already-approved' | 'not-ready' }
  | { readonly say: 'too-few-credits'; readonly cost: number }
  | { readonly say: 'unknown' }
  | { readonly say: 'cancelled' | 'deleted' | 'nothing-to-process' }
  | { readonly say: 'refused'; readonly code: string; readonly detail: string }

const answer = (answer: ApproveAnswer): Verdict<ApproveAnswer> => ({ do: 'answer', answer })

/** The verdict on one approval. Twice, or by two gateways at once, it holds the credits once. */
export function decideApprove(read: ApproveRead, command: ApproveCommand): Verdict<ApproveAnswer> {
  const stands = standing(command.accountId, read.decision)
  if (stands.is === 'unknown' || stands.is === 'deleted' || stands.is === 'cancelled') {
    return answer({ say: stands.is })
  }
  const decision = stands.known.value
  if (!decision.needs_approval) return answer({ say: 'needs-no-approval' })
  if (decision.approved) {
    return { do: 'answer', answer: { say: 'already-approved' }, restsOnFactsOf: command.jobId }
  }
  if (read.plan === undefined) return answer({ say: 'not-ready' })
  if (read.plan.verdict === 'refused') {
    return answer({ say: 'refused', code: read.plan.code, detail: read.plan.detail })
  }
  if (read.plan.runnable_count === 0) return answer({ say: 'nothing-to-process' })
  return approval(stands.known, read.plan.total_credit_cost, command)
}

function approval(known: Known<Decision>, cost: number, command: ApproveCommand): Verdict<ApproveAnswer> {
  const { accountId, jobId } = command
  const held = known.value.metered ? cost : 0
  const approved: Decision = { ...known.value, approved: true, held_credits: held }
  return {
    do: 'commit',
    step: {
      checks: [{ key: decisionKey(jobId), version: known.version }],
      puts: [{ key: decisionKey(jobId), value: JSON.stringify(approved) }],
      adds: known.value.metered
        ? [
            { counter: creditCounter(accountId, 'available'), delta: -held, min: 0 },
            { counter: creditCounter(accountId, 'held'), delta: held },
          ]
        : [],
      facts: [jobFact('JobApproved', command, { held_credits: held })],
    },
    answer: { say: 'approved', heldCredits: held },
    ifShort: { say: 'too-few-credits', cost: held },
  }
}
