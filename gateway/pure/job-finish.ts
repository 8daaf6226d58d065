// Decides from the plan and what was settled whether a job has come to its end.
import type { PlanEntry, Settled } from '#schemas/state-keys.ts'

export type Finish =
  | { readonly is: 'not-planned' }
  /** The input as a whole was refused. */
  | { readonly is: 'refused'; readonly code: string; readonly detail: string }
  | { readonly is: 'running'; readonly runnableCount: number }
  /** Every file ended, but the archive of results is still being put together. */
  | { readonly is: 'packing' }
  | { readonly is: 'finished' }

export interface Progressed {
  readonly plan: PlanEntry | undefined
  readonly settledCount: number
  readonly packed: boolean
  /** How each settled task ended, where it was asked for; only needed to tell packing from finished. */
  readonly settled: readonly Settled[]
}

/**
 * A job is finished when its plan is refused, or when every runnable task is settled and, for an archive with at
 * least one result, the results are packed. See docs/decisions/0001.
 */
export function jobFinish({ plan, settledCount, packed, settled }: Progressed): Finish {
  if (plan === undefined) return { is: 'not-planned' }
  if (plan.verdict === 'refused') return { is: 'refused', code: plan.code, detail: plan.detail }
  if (settledCount < plan.runnable_count) return { is: 'running', runnableCount: plan.runnable_count }
  if (plan.archive_format === null || packed) return { is: 'finished' }
  return settled.includes('completed') ? { is: 'packing' } : { is: 'finished' }
}
