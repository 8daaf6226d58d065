// Reads everything that decisions and views hold of some jobs, so that two stores can be compared.
import type { StateStore } from '#runtime/state/state-store.ts'
import type { Views } from '#runtime/views/views.ts'
import { taskId } from '#schemas/ids.ts'
import {
  creditCounter,
  decisionKey,
  packedKey,
  planEntryKey,
  settledCounter,
  settledKey,
  taskCancelKey,
} from '#schemas/state-keys.ts'
import {
  accountJobsSet,
  deletedJobDoc,
  jobDoc,
  jobEndedSet,
  jobStartedSet,
  jobTasksSet,
  taskDoc,
} from '#schemas/views.ts'

export interface Stores {
  readonly store: StateStore
  readonly views: Views
}
export interface Compared {
  readonly accounts: readonly string[]
  readonly jobs: readonly string[]
  readonly tasksOfJob: number
}

const tasksOf = ({ tasksOfJob }: Compared, jobId: string) =>
  Array.from({ length: tasksOfJob }, (_, index) => taskId(jobId, index))

/** Values without their versions: those differ from store to store. */
async function decisionsOf(store: StateStore, compared: Compared) {
  const keys = compared.jobs.flatMap((job) => [
    ...[decisionKey(job), planEntryKey(job), packedKey(job)],
    ...tasksOf(compared, job).flatMap((task) => [settledKey(task), taskCancelKey(task)]),
  ])
  const entries = await store.getMany(keys)
  const counters: Record<string, number> = {}
  for (const job of compared.jobs) counters[job] = await store.counter(settledCounter(job))
  for (const account of compared.accounts)
    for (const pot of ['available', 'held', 'spent'] as const)
      counters[`${account} ${pot}`] = await store.counter(creditCounter(account, pot))
  return { entries: Object.fromEntries(keys.map((key, i) => [key, parsed(entries[i]?.value)])), counters }
}
const parsed = (value: string | undefined): unknown => (value === undefined ? undefined : JSON.parse(value))

async function viewsOf(views: Views, compared: Compared) {
  const docs = compared.jobs.flatMap((job) => [
    jobDoc(job),
    deletedJobDoc(job),
    ...tasksOf(compared, job).map(taskDoc),
  ])
  const sets = [
    ...compared.accounts.map(accountJobsSet),
    ...compared.jobs.flatMap((job) => [
      ...[jobTasksSet(job), jobStartedSet(job)],
      ...(['completed', 'failed', 'cancelled'] as const).map((how) => jobEndedSet(job, how)),
    ]),
  ]
  const members: Record<string, unknown> = {}
  for (const set of sets) members[set] = await views.members(set, { order: 'up', limit: 9_999 })
  const read = await views.readMany(docs)
  return { docs: Object.fromEntries(docs.map((doc, i) => [doc, read[i]])), members }
}

/** Everything that the stores know of the jobs and accounts. */
export async function contentOf({ store, views }: Stores, compared: Compared) {
  return { decisions: await decisionsOf(store, compared), views: await viewsOf(views, compared) }
}
