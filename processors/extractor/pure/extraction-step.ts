// Decides what is to be done about a submitted job, and writes down the step with which its extraction ends.
import type { Decision, PlanEntry } from '#schemas/state-keys.ts'
import { decisionKey, planEntryKey } from '#schemas/state-keys.ts'
import type { PlanTotals } from './job-facts.ts'

export interface JobStanding {
  readonly decision: Decision | undefined
  readonly plan: PlanEntry | undefined
}

export type SubmittedVerdict =
  | { readonly do: 'extract' }
  /** It was extracted before: only what follows from that is to be done again. */
  | { readonly do: 'go-on'; readonly plan: PlanEntry }
  /** Nobody wants it any more: what was stored is removed. */
  | { readonly do: 'remove' }
  /** The decision is not known here yet: the store is being rebuilt. */
  | { readonly do: 'wait' }

export function decideSubmitted({ decision, plan }: JobStanding): SubmittedVerdict {
  if (decision === undefined) return { do: 'wait' }
  if (decision.state === 'deleted') return { do: 'remove' }
  if (plan !== undefined) return { do: 'go-on', plan }
  return decision.state === 'cancelled' ? { do: 'remove' } : { do: 'extract' }
}

/** What became of the input: a plan, or the refusal of all of it. */
export type Extracted =
  | { readonly verdict: 'planned'; readonly totals: PlanTotals }
  | { readonly verdict: 'refused'; readonly code: string; readonly detail: string }

export function planEntry(extracted: Extracted): PlanEntry {
  if (extracted.verdict === 'refused') return extracted
  const { totals } = extracted
  return {
    verdict: 'planned',
    task_count: totals.taskCount,
    runnable_count: totals.runnableCount,
    total_credit_cost: totals.creditCost,
    archive_format: totals.archiveFormat,
  }
}

/** Holds only while the job was neither cancelled nor deleted nor extracted by somebody else. */
export const extractionStep = (jobId: string, decisionVersion: number, extracted: Extracted) => ({
  checks: [
    { key: decisionKey(jobId), version: decisionVersion },
    { key: planEntryKey(jobId), version: 0 },
  ],
  puts: [{ key: planEntryKey(jobId), value: JSON.stringify(planEntry(extracted)) }],
})
