import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { applyFacts } from '#projection/apply-facts.ts'
import { PROJECTION_GROUP } from '#projection/projection.ts'
import { openSqliteViews } from '#runtime/sqlite/sqlite-views.ts'
import type { Views } from '#runtime/views/views.ts'
import { taskId } from '#schemas/ids.ts'
import { DEAD_LETTERS, JOBS } from '#schemas/topics.ts'
import { accountJobsSet, deletedJobDoc, jobDoc, jobTasksSet, taskDoc } from '#schemas/views.ts'
import { onLocalDatabase } from '../conformance/local-adapters.ts'
import { ACCOUNT, disturbed, factOf, jobHistory, submittedFact } from './histories.ts'
import { openProjectionWorld } from './running-projection.ts'

const JOB = 'job-1'

/** Everything that the views hold of a job. */
async function contentOf(views: Views, jobId: string) {
  const tasks = Array.from({ length: 4 }, (_, i) => taskDoc(taskId(jobId, i)))
  const sets = ['tasks', 'started', 'completed', 'failed', 'cancelled'].map((s) => `job:${jobId}:${s}`)
  return {
    docs: await views.readMany([jobDoc(jobId), deletedJobDoc(jobId), ...tasks]),
    sets: await Promise.all(sets.map((set) => views.members(set, { order: 'up', limit: 99 }))),
    listed: (await views.members(accountJobsSet(ACCOUNT), { order: 'up', limit: 999 })).filter(
      ({ member }) => member === jobId,
    ),
  }
}

test('in the store, too, any order and repetition of facts gives the same views, deletions included', async () => {
  await using store = await onLocalDatabase((database) => openSqliteViews({ database }))
  const views = store.adapter
  const forget = () =>
    views.drop(
      [jobDoc(JOB), deletedJobDoc(JOB), ...[0, 1, 2, 3].map((i) => taskDoc(taskId(JOB, i)))],
      ['tasks', 'started', 'completed', 'failed', 'cancelled'].map((s) => `job:${JOB}:${s}`),
      [{ set: accountJobsSet(ACCOUNT), member: JOB }],
    )
  await fc.assert(
    fc.asyncProperty(
      jobHistory(JOB).chain((events) => fc.tuple(fc.constant(events), disturbed(events))),
      async ([events, mixed]) => {
        await applyFacts(views, events)
        const straight = await contentOf(views, JOB)
        await forget()
        await Promise.all(mixed.map((event) => applyFacts(views, [event])))
        expect(await contentOf(views, JOB)).toEqual(straight)
        await forget()
      },
    ),
    { numRuns: 60 },
  )
})

test('a fact is in the views within a second of its publication', async () => {
  await using world = await openProjectionWorld()
  await using _projection = await world.start()
  await world.publish([submittedFact('warm-up', 'picture')])
  const started = performance.now()
  await world.publish([submittedFact(JOB, 'picture')])
  while ((await world.stores.views.read(jobDoc(JOB))) === undefined) await sleep(1)
  expect(performance.now() - started).toBeLessThan(1_000)
})

test('a deleted job leaves its tombstone and nothing else, also when facts come after the deletion', async () => {
  await using world = await openProjectionWorld()
  await using _projection = await world.start()
  const late = factOf('TaskProgressed', JOB, 900, {
    task_id: taskId(JOB, 3),
    attempt: 1,
    progress: 0.5,
    frames_per_second: null,
    eta_seconds: null,
  })
  const [history] = fc.sample(jobHistory(JOB), { numRuns: 1, seed: 7 })
  await world.publish((history ?? []).filter(({ type }) => type !== 'JobDeleted'))
  await world.publish([factOf('JobDeleted', JOB, 800, {})])
  await world.caughtUp(PROJECTION_GROUP)
  await world.publish([late, submittedFact(JOB, 'picture')])
  await world.caughtUp(PROJECTION_GROUP)
  const { docs, sets, listed } = await contentOf(world.stores.views, JOB)
  expect(docs[1]).toMatchObject({ account_id: ACCOUNT })
  expect(docs.filter((doc) => doc !== undefined)).toHaveLength(1)
  expect(sets.flat()).toEqual([])
  expect(listed).toEqual([])
})

test('views that were lost are built again from the facts, while new facts come in', async () => {
  await using world = await openProjectionWorld()
  const jobs = Array.from({ length: 20 }, (_, i) => `job-${i}`)
  const histories = jobs.map((job, i) => fc.sample(jobHistory(job), { numRuns: 1, seed: i })[0] ?? [])
  await world.publish(histories.flat())
  await using _projection = await world.start()
  await world.caughtUp(PROJECTION_GROUP)
  const before = await Promise.all(jobs.map((job) => contentOf(world.stores.views, job)))

  await using empty = await onLocalDatabase((database) => openSqliteViews({ database }))
  const second = await world.start(empty.adapter)
  while ((await empty.adapter.read('views:ready')) === undefined) await sleep(5)
  const after = await Promise.all(jobs.map((job) => contentOf(empty.adapter, job)))
  expect(after).toEqual(before)
  await second[Symbol.asyncDispose]()
})

test('an asked-for rebuild restores what was damaged', async () => {
  await using world = await openProjectionWorld()
  await using projection = await world.start()
  await world.publish([submittedFact(JOB, 'film')])
  await world.caughtUp(PROJECTION_GROUP)
  const before = await contentOf(world.stores.views, JOB)
  await world.stores.views.drop([jobDoc(JOB)], [jobTasksSet(JOB)])
  expect(await projection.rebuild()).toBe(1)
  expect(await contentOf(world.stores.views, JOB)).toEqual(before)
})

test('a record that does not decode goes to the dead letters, and the facts around it are folded', async () => {
  await using world = await openProjectionWorld()
  await using _projection = await world.start()
  const poison = { topic: JOBS.name, key: JOB, value: Buffer.from('poison'), headers: {} }
  await world.publish([submittedFact(JOB, 'film')])
  await world.stores.bus.publish([poison])
  await world.publish([factOf('JobApproved', JOB, 5, { held_credits: 2 })])
  await world.caughtUp(PROJECTION_GROUP)
  expect(await world.stores.views.read(jobDoc(JOB))).toMatchObject({ held_credits: '2', input_kind: 'film' })
  expect(await world.stores.bus.lag('nobody', DEAD_LETTERS.name)).toBe(1n)
})
