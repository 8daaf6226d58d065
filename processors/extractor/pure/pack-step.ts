// Decides whether a job's results are to be packed now, and writes down the step with which packing ends.
import type { Decision, PlanEntry } from '#schemas/state-keys.ts'
import { decisionKey, packedKey } from '#schemas/state-keys.ts'

export interface PackStanding {
  readonly decision: Decision | undefined
  readonly plan: PlanEntry | undefined
  readonly packed: boolean
  /** Runnable tasks that are settled. */
  readonly settledCount: number
}

export type PackVerdict =
  | { readonly do: 'pack'; readonly format: 'zip' | '7z' | 'rar' }
  /** A later outcome will bring it up again, or nothing is to be packed at all. */
  | { readonly do: 'nothing' }
  /** The decision is not known here yet: the store is being rebuilt. */
  | { readonly do: 'wait' }

export function decidePack({ decision, plan, packed, settledCount }: PackStanding): PackVerdict {
  if (decision === undefined || plan === undefined) return { do: 'wait' }
  if (decision.state !== 'open' || packed) return { do: 'nothing' }
  if (plan.verdict === 'refused' || plan.archive_format === null) return { do: 'nothing' }
  if (settledCount < plan.runnable_count) return { do: 'nothing' }
  return { do: 'pack', format: plan.archive_format }
}

/** Holds only while the job was not deleted and nobody packed it before. */
export const packStep = (jobId: string, decisionVersion: number, value: string) => ({
  checks: [
    { key: decisionKey(jobId), version: decisionVersion },
    { key: packedKey(jobId), version: 0 },
  ],
  puts: [{ key: packedKey(jobId), value }],
})
