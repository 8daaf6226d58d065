// Reads what the decision store says about a task, with the versions a decision about it must name.
import { z } from 'zod'
import type { Entry, StateStore } from '#runtime/state/state-store.ts'
import {
  attemptedKey,
  decisionKey,
  decisionSchema,
  settledKey,
  taskCancelKey,
  workerDeathsKey,
  workerDeathsSchema,
} from '#schemas/state-keys.ts'
import type { TaskState } from '../pure/settle-decision.ts'
import type { SettleVersions } from '../pure/settle-step.ts'

export interface KnownTask {
  readonly state: TaskState
  readonly versions: SettleVersions
  readonly deaths: number
  readonly lastDeath: string | undefined
  /** Known of an attempt that no lease tells of. */
  readonly wasAttempted: boolean
}

const settledSchema = z.enum(['completed', 'failed', 'cancelled'])

/** Entries that together say how a task stands; read by {@link knownTask} in this order. */
export const entriesOfTask = (jobId: string, taskId: string): readonly string[] => [
  decisionKey(jobId),
  taskCancelKey(taskId),
  settledKey(taskId),
  workerDeathsKey(taskId),
  attemptedKey(taskId),
]

export function knownTask(entries: readonly (Entry | undefined)[]): KnownTask {
  const [decision, cancel, settled, deaths, attempted] = entries
  const counted = deaths === undefined ? undefined : workerDeathsSchema.parse(JSON.parse(deaths.value))
  return {
    state: {
      decision: decision === undefined ? undefined : decisionSchema.parse(JSON.parse(decision.value)),
      cancelAsked: cancel !== undefined,
      settled: settled === undefined ? undefined : settledSchema.parse(JSON.parse(settled.value)),
    },
    versions: { decision: decision?.version ?? 0, cancel: cancel?.version ?? 0 },
    deaths: counted?.deaths ?? 0,
    lastDeath: counted?.last_code,
    wasAttempted: attempted !== undefined,
  }
}

/** One read of all entries. @throws {TransientFailure} STORE_UNAVAILABLE */
export const readTask = async (store: StateStore, jobId: string, taskId: string): Promise<KnownTask> =>
  knownTask(await store.getMany(entriesOfTask(jobId, taskId)))
