// Reads what the decision store says about a job, with the version a decision about it must name.
import type { StateStore } from '#runtime/state/state-store.ts'
import {
  type Decision,
  decisionKey,
  decisionSchema,
  type PlanEntry,
  packedKey,
  planEntryKey,
  planEntrySchema,
} from '#schemas/state-keys.ts'

export interface KnownJob {
  readonly decision: Decision | undefined
  /** 0 where there is no decision. */
  readonly decisionVersion: number
  readonly plan: PlanEntry | undefined
  readonly packed: boolean
}

/** @throws {TransientFailure} STORE_UNAVAILABLE */
export async function readJob(store: StateStore, jobId: string): Promise<KnownJob> {
  const [decision, plan, packed] = await store.getMany([
    decisionKey(jobId),
    planEntryKey(jobId),
    packedKey(jobId),
  ])
  return {
    decision: decision && decisionSchema.parse(JSON.parse(decision.value)),
    decisionVersion: decision?.version ?? 0,
    plan: plan && planEntrySchema.parse(JSON.parse(plan.value)),
    packed: packed !== undefined,
  }
}
