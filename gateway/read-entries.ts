// Reads the entries of the decision store that the gateway decides from, checked against their schemas.
import { z } from 'zod'
import { PermanentFailure } from '#runtime/failure.ts'
import type { Entry, StateStore } from '#runtime/state/state-store.ts'
import { taskId } from '#schemas/ids.ts'
import {
  type Decision,
  decisionKey,
  decisionSchema,
  type PlanEntry,
  packedKey,
  planEntryKey,
  planEntrySchema,
  type Settled,
  settledCounter,
  settledKey,
  submitTraceKey,
} from '#schemas/state-keys.ts'
import type { Known } from './pure/decision-step.ts'
import type { Progressed } from './pure/job-finish.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const SETTLED: ReadonlySet<string> = new Set<Settled>(['completed', 'failed', 'cancelled'])
/** So many entries are asked for at once. */
const CHUNK = 500

/** Whether a text can be an id that we gave; every other is unknown without asking the store. */
export const isId = (text: string): boolean => UUID.test(text)

/** @throws {PermanentFailure} INTERNAL when the entry is not what its schema says. */
export function parsedEntry<T>(schema: z.ZodType<T>, entry: Entry | undefined): Known<T> | undefined {
  if (entry === undefined) return undefined
  const read = schema.safeParse(JSON.parse(entry.value))
  if (!read.success)
    throw new PermanentFailure('INTERNAL', 'an entry of the decision store does not match its schema')
  return { value: read.data, version: entry.version }
}

export interface JobEntries {
  readonly decision: Known<Decision> | undefined
  readonly plan: Known<PlanEntry> | undefined
  readonly packed: boolean
}

export async function readJobEntries(store: StateStore, jobId: string): Promise<JobEntries> {
  const keys = [decisionKey(jobId), planEntryKey(jobId), packedKey(jobId)]
  const [decision, plan, packed] = await store.getMany(keys)
  return {
    decision: parsedEntry(decisionSchema, decision),
    plan: parsedEntry(planEntrySchema, plan),
    packed: packed !== undefined,
  }
}

/** `traceparent` of the request that submitted the job; undefined where no trace was taken, or the store was built anew. */
export async function readSubmitTrace(store: StateStore, jobId: string): Promise<string | undefined> {
  return parsedEntry(z.string(), await store.get(submitTraceKey(jobId)))?.value
}

/** How a task ended, if it has. */
export function settledOf(entry: Entry | undefined): Settled | undefined {
  const value: unknown = entry === undefined ? undefined : JSON.parse(entry.value)
  return typeof value === 'string' && SETTLED.has(value) ? (value as Settled) : undefined
}

export const readSettledCount = (store: StateStore, jobId: string): Promise<number> =>
  store.counter(settledCounter(jobId))

/** What tells whether a job has ended; the tasks are only asked for where packing hangs on them. */
export async function readProgressed(
  store: StateStore,
  jobId: string,
  { plan, packed }: JobEntries,
): Promise<Progressed> {
  const settledCount = await readSettledCount(store, jobId)
  const known = plan?.value
  const archive = known?.verdict === 'planned' && known.archive_format !== null
  const asksForTasks = archive && !packed && settledCount >= known.runnable_count
  const settled = asksForTasks ? await readSettled(store, jobId, known.task_count) : []
  return { plan: known, settledCount, packed, settled }
}

async function readSettled(store: StateStore, jobId: string, taskCount: number): Promise<readonly Settled[]> {
  const found: Settled[] = []
  for (let from = 0; from < taskCount; from += CHUNK) {
    const size = Math.min(CHUNK, taskCount - from)
    const keys = Array.from({ length: size }, (_, index) => settledKey(taskId(jobId, from + index)))
    for (const entry of await store.getMany(keys)) {
      const settled = settledOf(entry)
      if (settled !== undefined) found.push(settled)
    }
  }
  return found
}
