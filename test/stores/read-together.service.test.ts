// What a reader of decisions and views sees while a part of the store is missing, and that no kept answer outlives its ground.
import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { jobAnswers } from '#gateway/job-answers.ts'
import { type Decision, decisionKey } from '#schemas/state-keys.ts'
import { jobDoc, jobEndedSet, jobStartedSet, jobTasksSet, taskDoc, viewsReadyDoc } from '#schemas/views.ts'
import { withServices } from '#test/services/with-services.ts'
import { beginEmpty } from '../conformance/redis-adapters.ts'
import { openStoreWorld, type StoreWorld } from './store-world.ts'

const DECISION: Decision = {
  account_id: 'bert',
  state: 'open',
  needs_approval: true,
  approved: false,
  metered: false,
  held_credits: 0,
  input_file: 'a.zip',
  input_kind: 'archive',
  model: 'blur',
  created_at_ms: 0,
}

/** A gateway's answers about one job of two tasks, and what may happen to the job. */
async function openJob(world: StoreWorld) {
  await beginEmpty(world.redis)
  const { store, views } = world
  const jobId = randomUUID()
  const clock = { nowMs: 1_000, now: () => clock.nowMs }
  await views.apply([
    { do: 'max', doc: viewsReadyDoc, field: 'since_ms', value: 1 },
    { do: 'set', doc: jobDoc(jobId), fields: { task_count: '2', started_at_ms: '0', extracted_at_ms: '0' } },
  ])
  const decide = (change: Partial<Decision>) =>
    store.commit({ puts: [{ key: decisionKey(jobId), value: JSON.stringify({ ...DECISION, ...change }) }] })
  await decide({})
  const asked = { members: 0 }
  const counting = {
    ...views,
    members: (...args: Parameters<typeof views.members>) => {
      asked.members += 1
      return views.members(...args)
    },
  }
  const answerOf = jobAnswers({ store, views: counting, together: world.together, clock })
  return {
    ...{ jobId, clock, decide, asked },
    answer: async (accountId = 'bert') => {
      const text = await answerOf(accountId, jobId)
      return text === undefined ? undefined : JSON.parse(text)
    },
    apply: views.apply,
    start: (task: string) =>
      views.apply([
        { do: 'add', set: jobStartedSet(jobId), member: task, score: 0 },
        { do: 'add', set: jobTasksSet(jobId), member: task, score: 0 },
      ]),
    progress: (task: string, progress: number) => {
      const value = JSON.stringify({ attempt: 1, progress })
      return views.apply([{ do: 'latest', doc: taskDoc(task), field: 'progress', value, order: progress }])
    },
    end: (task: string) =>
      views.apply([{ do: 'add', set: jobEndedSet(jobId, 'completed'), member: task, score: 0 }]),
  }
}

await withServices(['valkey'], ({ valkey }) => {
  const { url } = valkey.addresses

  describe('reading together', () => {
    test('tells the decisions while the views are missing, and nothing while the decisions are', async () => {
      await using world = await openStoreWorld(url)
      const { together } = world
      const question = { entries: ['k'], docs: ['d'], sets: ['s'] }
      await expect(together(question)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
      await using decisions = await world.builds.decisions()
      await decisions.takeOver()
      await world.store.commit({ puts: [{ key: 'k', value: '1' }] })
      expect((await together(question)).read()).toEqual({
        entries: [await world.store.get('k')],
        views: undefined,
      })
    })
  })

  describe('the answer about a job', () => {
    test('is kept for the account it was made for alone, and changes with every decision', async () => {
      await using world = await openStoreWorld(url)
      const job = await openJob(world)
      expect(await job.answer()).toMatchObject({ status: 0, is_approved: false })
      expect(await job.answer('carl')).toBeUndefined()
      expect(await job.answer()).toEqual(await job.answer())
      await job.decide({ approved: true })
      expect(await job.answer()).toMatchObject({ is_approved: true, cancelled: false })
      await job.decide({ approved: true, state: 'cancelled' })
      expect(await job.answer()).toMatchObject({ cancelled: true })
      await job.decide({ approved: true, state: 'deleted' })
      expect(await job.answer()).toBeUndefined()
    })

    test('follows the progress of tasks that run, and the time left with the clock', async () => {
      await using world = await openStoreWorld(url)
      const job = await openJob(world)
      await job.decide({ approved: true })
      await job.start('t1')
      await job.progress('t1', 0.5)
      job.clock.nowMs = 1_000
      expect(await job.answer()).toMatchObject({ progress: 0.25, eta_seconds: 3 })
      await job.progress('t1', 0.8)
      expect(await job.answer()).toMatchObject({ progress: 0.4, eta_seconds: 1.5 })
      job.clock.nowMs = 2_000
      expect(await job.answer()).toMatchObject({ progress: 0.4, eta_seconds: 3 })
    })

    test('asks no tasks once all have ended', async () => {
      await using world = await openStoreWorld(url)
      const job = await openJob(world)
      await job.decide({ approved: true })
      for (const task of ['t1', 't2']) {
        await job.start(task)
        await job.progress(task, 0.5)
        await job.answer()
        await job.end(task)
      }
      expect(job.asked.members).toBe(2)
      expect(await job.answer()).toMatchObject({ progress: 1, counts: { tasks: 2, completed: 2 } })
      expect(job.asked.members).toBe(2)
    })

    test('is 503 while the views are put together anew, even where an answer was kept', async () => {
      await using world = await openStoreWorld(url)
      const job = await openJob(world)
      expect(await job.answer()).toMatchObject({ status: 0 })
      await world.views.drop([viewsReadyDoc], [])
      await expect(job.answer()).rejects.toMatchObject({ code: 'VIEWS_REBUILDING' })
    })
  })
})
