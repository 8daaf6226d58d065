// Writes facts into the views, and sees to it that nothing of a deleted job stays there.
import type { Views } from '#runtime/views/views.ts'
import type { Event } from '#schemas/events/event-types.ts'
import { deletedJobDoc } from '#schemas/views.ts'
import { viewWrites } from './pure/fold.ts'
import { purgeOfJob, setsOfJob } from './pure/purge.ts'

const PAGE = 1_000
/** Documents removed in one write, so that a job of many files does not block others. */
const DROP_LIMIT = 200

async function membersOf(views: Views, set: string): Promise<string[]> {
  const all: string[] = []
  let page = await views.members(set, { order: 'up', limit: PAGE })
  while (page.length > 0) {
    all.push(...page.map(({ member }) => member))
    const after = page.at(-1)
    page = after && page.length === PAGE ? await views.members(set, { order: 'up', limit: PAGE, after }) : []
  }
  return all
}

/** Removes a deleted job but its tombstone. The sets go last: cut short, it finds the rest when it is done again. */
async function purge(views: Views, jobId: string, facts: readonly Event[]): Promise<void> {
  const taskIds = new Set<string>()
  const accountIds = new Set<string>()
  for (const set of setsOfJob(jobId)) for (const member of await membersOf(views, set)) taskIds.add(member)
  for (const { account_id, data } of facts) {
    accountIds.add(account_id)
    if ('task_id' in data) taskIds.add(data.task_id)
  }
  const { docs, sets, members } = purgeOfJob(jobId, [...accountIds], [...taskIds])
  for (let at = 0; at < docs.length; at += DROP_LIMIT) await views.drop(docs.slice(at, at + DROP_LIMIT), [])
  await views.drop([], sets, members)
}

/**
 * Applies facts; again and in any order with others they give the same views. Tombstones are looked for after the
 * write: whichever of a late fact and a deletion is second, cleans up. Answers the jobs that turned out deleted.
 */
export async function applyFacts(views: Views, facts: readonly Event[]): Promise<readonly string[]> {
  const writes = facts.flatMap(viewWrites)
  if (writes.length === 0) return []
  await views.apply(writes)
  const byJob = Map.groupBy(facts, (fact) => fact.job_id)
  const jobs = [...byJob.keys()]
  const tombstones = await views.readMany(jobs.map(deletedJobDoc))
  const deleted = jobs.filter((_, index) => tombstones[index] !== undefined)
  for (const jobId of deleted) await purge(views, jobId, byJob.get(jobId) ?? [])
  return deleted
}
