import fc from 'fast-check'
import { expect, test } from 'vitest'
import { applyFacts } from '#projection/apply-facts.ts'
import { countJobs, type JobCensus } from '#projection/count-jobs.ts'
import { openSqliteViews } from '#runtime/sqlite/sqlite-views.ts'
import type { Views } from '#runtime/views/views.ts'
import type { Event } from '#schemas/events/event-types.ts'
import { taskId } from '#schemas/ids.ts'
import { jobStatus, taskStatus } from '#schemas/job-state.ts'
import {
  endedJobsSets,
  type JobFields,
  jobDoc,
  jobEndedSet,
  jobStartedSet,
  openJobsSet,
  type TaskFields,
  taskDoc,
  viewsReadyDoc,
} from '#schemas/views.ts'
import { onLocalDatabase } from '../conformance/local-adapters.ts'
import { disturbed, factOf, jobHistory, submittedFact } from './histories.ts'

const NAMES = ['waiting_for_approval', 'queued', 'processing', 'completed', 'cancelled', 'failed']
const { signal } = new AbortController()

async function openViews() {
  const store = await onLocalDatabase((database) => openSqliteViews({ database }))
  await store.adapter.apply([{ do: 'max', doc: viewsReadyDoc, field: 'since_ms', value: 1 }])
  return store
}
const none = { waiting_for_approval: 0, queued: 0, processing: 0 }
const noJobs = { ...none, completed: 0, failed: 0, cancelled: 0 }

/** The same as the status pages tell it, job by job and task by task. */
async function toldOneByOne(views: Views, jobIds: readonly string[]): Promise<JobCensus> {
  const jobs = { blur: { ...noJobs }, syn: { ...noJobs } } as Record<string, Record<string, number>>
  const tasks = { blur: { ...none }, syn: { ...none } } as Record<string, Record<string, number>>
  const add = (counts: Record<string, number> | undefined, status: number) => {
    const name = NAMES[status] ?? ''
    if (counts && name in counts) counts[name] = (counts[name] ?? 0) + 1
  }
  for (const jobId of jobIds) {
    const job = (await views.read(jobDoc(jobId))) as JobFields | undefined
    if (job?.model === undefined) continue
    const [started = 0, completed = 0, failed = 0, cancelled = 0] = await views.countMany([
      jobStartedSet(jobId),
      ...(['completed', 'failed', 'cancelled'] as const).map((how) => jobEndedSet(jobId, how)),
    ])
    const { status } = jobStatus(job, { started, completed, failed, cancelled })
    add(jobs[job.model], status)
    if (status >= 3) continue
    const found = await views.readMany([0, 1, 2, 3].map((index) => taskDoc(taskId(jobId, index))))
    for (const task of found)
      if (task !== undefined) add(tasks[job.model], taskStatus(job, task as TaskFields).status)
  }
  return { jobs, tasks, queuedSinceMs: expect.anything() } as unknown as JobCensus
}

const wholeJob = (jobId: string) =>
  jobHistory(jobId).map((events) => events.filter(({ type }) => type !== 'TaskCancelRequested'))
const withModel = (events: readonly Event[], model: 'blur' | 'syn'): Event[] =>
  events.map((event) =>
    event.type === 'JobSubmitted' ? { ...event, data: { ...event.data, model } } : event,
  )

test('every job and every task is counted in the state that its status page tells, whatever came twice or late', async () => {
  let rounds = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(), fc.constantFrom<'blur' | 'syn'>('blur', 'syn')), { maxLength: 6 }),
      fc.nat(),
      async (wanted, seed) => {
        rounds++
        await using store = await openViews()
        const views = store.adapter
        const jobIds = wanted.map((_, index) => `job-${index}`)
        const told = wanted.flatMap(([sampled, model], index) =>
          withModel(fc.sample(wholeJob(jobIds[index] ?? ''), { numRuns: 1, seed: sampled })[0] ?? [], model),
        )
        const [mixed = []] = fc.sample(disturbed(told), { numRuns: 1, seed })
        const half = mixed.slice(0, mixed.length / 2)
        await applyFacts(views, half)
        await countJobs(views, signal)
        await applyFacts(views, mixed)
        const expected = await toldOneByOne(views, jobIds)
        expect(await countJobs(views, signal)).toEqual(expected)
        // What is over was moved, and stays counted.
        expect(await countJobs(views, signal)).toEqual(expected)
      },
    ),
    { numRuns: 60 },
  )
  expect(rounds).toBeGreaterThanOrEqual(60)
})

test('a job that was deleted is in no count and in no list of jobs, also when it was over before', async () => {
  await using store = await openViews()
  const views = store.adapter
  await applyFacts(views, [submittedFact('over', 'picture'), submittedFact('open', 'picture')])
  await applyFacts(views, [factOf('JobCancelled', 'over', 5, {})])
  expect(await countJobs(views, signal)).toMatchObject({
    jobs: { blur: { ...noJobs, waiting_for_approval: 1, cancelled: 1 } },
    tasks: { blur: { ...none, waiting_for_approval: 1 } },
  })
  await applyFacts(views, [factOf('JobDeleted', 'over', 6, {}), factOf('JobDeleted', 'open', 6, {})])
  expect((await countJobs(views, signal))?.jobs.blur).toEqual(noJobs)
  for (const set of [openJobsSet, ...endedJobsSets]) expect([set, await views.count(set)]).toEqual([set, 0])
})

const ended = (jobId: string): Event[] => [
  submittedFact(jobId, 'picture'),
  factOf('JobRefused', jobId, 4, { code: 'FILE_NOT_FOUND', detail: 'not there' }),
]

test('a job that was cancelled after it was seen to be over is counted as cancelled, once', async () => {
  await using store = await openViews()
  await applyFacts(store.adapter, ended('job'))
  expect((await countJobs(store.adapter, signal))?.jobs.blur).toEqual({ ...noJobs, failed: 1 })
  await applyFacts(store.adapter, [factOf('JobCancelled', 'job', 5, {})])
  expect((await countJobs(store.adapter, signal))?.jobs.blur).toEqual({ ...noJobs, cancelled: 1 })
})

test('a job that is deleted while it is being moved leaves nothing behind', async () => {
  await using store = await openViews()
  const views = store.adapter
  await applyFacts(views, ended('job'))
  const deleting: Views = {
    ...views,
    apply: async (writes) => {
      await applyFacts(views, [factOf('JobDeleted', 'job', 6, {})])
      await views.apply(writes)
    },
  }
  expect((await countJobs(deleting, signal))?.jobs.blur).toEqual(noJobs)
})

test('the oldest job that is queued is told by when it was approved, or submitted where nobody has to; begun ones are not', async () => {
  await using store = await openViews()
  const census = async () => (await countJobs(store.adapter, signal))?.queuedSinceMs
  const approved = (jobId: string, second: number) =>
    factOf('JobApproved', jobId, second, { held_credits: 1 })
  const start = submittedFact('x', 'film').occurred_at_ms
  await applyFacts(store.adapter, [submittedFact('asks', 'film')])
  expect(await census()).toEqual({ blur: null, syn: null })
  await applyFacts(store.adapter, [submittedFact('b', 'film'), approved('b', 70)])
  await applyFacts(store.adapter, [submittedFact('a', 'film'), approved('a', 50)])
  expect(await census()).toEqual({ blur: start + 50_000, syn: null })
  await applyFacts(store.adapter, [factOf('TaskStarted', 'a', 80, { task_id: taskId('a', 0), attempt: 1 })])
  expect(await census()).toEqual({ blur: start + 70_000, syn: null })
  const free = submittedFact('free', 'picture', 20)
  if (free.type !== 'JobSubmitted') throw new Error('a submission')
  await applyFacts(store.adapter, [{ ...free, data: { ...free.data, needs_approval: false } }])
  expect(await census()).toEqual({ blur: start + 20_000, syn: null })
})

test('more jobs than one page holds are all counted', async () => {
  await using store = await openViews()
  const jobs = Array.from({ length: 450 }, (_, index) => `job-${index}`)
  await applyFacts(
    store.adapter,
    jobs.flatMap((job, index) => {
      const over = index % 2 === 0 ? [factOf('JobCancelled', job, 9, {})] : []
      return [submittedFact(job, 'film'), ...over]
    }),
  )
  const counted = { blur: { ...noJobs, waiting_for_approval: 225, cancelled: 225 } }
  expect(await countJobs(store.adapter, signal)).toMatchObject({ jobs: counted })
  expect(await store.adapter.count(openJobsSet)).toBe(225)
})

test('while the views are being built anew nothing is told', async () => {
  await using store = await onLocalDatabase((database) => openSqliteViews({ database }))
  await applyFacts(store.adapter, [submittedFact('job', 'picture')])
  expect(await countJobs(store.adapter, signal)).toBeUndefined()
})
