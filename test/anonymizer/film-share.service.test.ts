// A film of several parts among several anonymizers: each part made, one result, one task to be seen, whoever dies or calls it off.
import { expect, test } from 'vitest'
import {
  ended,
  filmOnBus,
  filmWorker,
  lagOf,
  leavePart,
  leftOfParts,
  publishFilm,
  publishPart,
  resultOf,
  until,
} from './fixtures/film-workers.ts'
import { openTaskBench } from './fixtures/task-bench.ts'

const film = (parts: number) => Array.from({ length: parts }, (_, i) => `<${i}>`).join('')

test('two anonymizers make a film of eight parts together: one result, one charge, one task to be seen', async () => {
  await using bench = await openTaskBench()
  const workers = [await filmWorker(bench), await filmWorker(bench)]
  const before = await (await bench.job(['x'])).credits()
  const job = await filmOnBus(bench, 'parts:8 200')
  await ended(job)
  await until(async () => (await lagOf(bench)) === 0n)
  expect(await resultOf(bench, job)).toBe(film(8))
  expect(await job.endings()).toEqual(['TaskCompleted'])
  const facts = await job.facts()
  expect(new Set(facts.map(({ data }) => ('task_id' in data ? data.task_id : '')))).toEqual(
    new Set([job.event.data.task_id]),
  )
  expect(facts.filter(({ type }) => type === 'TaskStarted')).toHaveLength(1)
  const told = facts.flatMap((fact) => (fact.type === 'TaskProgressed' ? fact.data.progress : []))
  expect(told.length).toBeGreaterThan(3)
  expect(told).toEqual(told.toSorted((a, b) => a - b))
  expect(told.some((progress) => progress > 0.2 && progress < 0.9)).toBe(true)
  expect(told.at(-1)).toBeLessThan(1)
  const made = workers.map((worker) => worker.made())
  expect(made.reduce((sum, count) => sum + count)).toBe(8)
  expect(Math.min(...made)).toBeGreaterThanOrEqual(3)
  expect((await job.credits()).spent - before.spent).toBe(1)
  expect((await job.credits()).settled).toBe(1)
  expect(await leftOfParts(bench, job)).toEqual([])
  for (const worker of workers) await worker.stop()
}, 60_000)

test('a film that nobody else has time for is made by its owner alone', async () => {
  await using bench = await openTaskBench()
  const worker = await filmWorker(bench)
  const job = await filmOnBus(bench, 'parts:3 20')
  await ended(job)
  expect([await resultOf(bench, job), worker.made()]).toEqual([film(3), 3])
  await until(async () => (await lagOf(bench)) === 0n)
  await worker.stop()
}, 60_000)

test('an anonymizer that comes while a film is made finds requests waiting, and gives a hand', async () => {
  await using bench = await openTaskBench()
  const owner = await filmWorker(bench)
  const job = await filmOnBus(bench, 'parts:10 150')
  await until(async () => owner.made() > 0)
  expect(Number(await lagOf(bench))).toBeGreaterThan(5)
  const late = await filmWorker(bench)
  await ended(job)
  expect([await resultOf(bench, job), owner.made() + late.made()]).toEqual([film(10), 10])
  expect(late.made()).toBeGreaterThanOrEqual(2)
  await until(async () => (await lagOf(bench)) === 0n)
  await owner.stop()
  await late.stop()
}, 60_000)

test('a film that is called off while its parts are made ends at once, and nothing of it is left', async () => {
  await using bench = await openTaskBench()
  const workers = [await filmWorker(bench), await filmWorker(bench)]
  for (const state of ['cancelled', 'deleted'] as const) {
    const job = await filmOnBus(bench, 'parts:6 20000')
    await until(async () => (await leftOfParts(bench, job)).includes('entry'))
    const asked = performance.now()
    await job.decide(state)
    await ended(job)
    expect(performance.now() - asked).toBeLessThan(5_000)
    expect(await job.endings()).toEqual(['TaskCancelled'])
    await until(async () => (await lagOf(bench)) === 0n)
    expect(await leftOfParts(bench, job)).toEqual([])
  }
  for (const worker of workers) await worker.stop()
}, 60_000)

test('a part that cannot be made fails the film with its code, and stops the others', async () => {
  await using bench = await openTaskBench()
  const workers = [await filmWorker(bench), await filmWorker(bench)]
  const ends = { refuse: 'MEDIA_UNREADABLE', crash: 'WORKER_DIED', nothing: 'RENDER_FAILED' }
  for (const [bad, code] of Object.entries(ends)) {
    const job = await filmOnBus(bench, `parts:6 100 ${bad} 2`)
    await ended(job)
    expect([await resultOf(bench, job), await job.endings()]).toEqual([code, ['TaskFailed']])
    await until(async () => (await lagOf(bench)) === 0n)
    expect(await leftOfParts(bench, job)).toEqual([])
  }
  for (const worker of workers) await worker.stop()
}, 60_000)

test('a worker that would plan the film in another way makes none of its parts', async () => {
  await using bench = await openTaskBench()
  const owner = await filmWorker(bench)
  const job = await filmOnBus(bench, 'parts:5 150')
  await until(async () => (await leftOfParts(bench, job)).includes('entry'))
  const foreign = await filmWorker(bench, 'foreign')
  for (let part = 0; part < 5; part++) await publishPart(bench, job, part, 5)
  await ended(job)
  expect(await resultOf(bench, job)).toBe(film(5))
  // The film may have been handed to the newcomer, which then plans it in its way and makes it alone.
  expect(foreign.made() === 0 ? owner.made() : foreign.made()).toBe(5)
  await until(async () => (await lagOf(bench)) === 0n)
  await owner.stop()
  await foreign.stop()
}, 60_000)

test.each(['owner', 'helper'])(
  'a film goes on where its %s is killed, with what was made before, to one result',
  async (who) => {
    await using bench = await openTaskBench()
    const owner = await filmWorker(bench)
    const job = await filmOnBus(bench, 'parts:8 200')
    await until(async () => owner.made() > 0)
    const helper = await filmWorker(bench)
    for (let part = 0; part < 8; part++) await publishPart(bench, job, part, 8)
    await until(async () => owner.made() >= 2 && helper.made() >= 1)
    const [killed, left] = who === 'owner' ? [owner, helper] : [helper, owner]
    await killed.die()
    const before = owner.made() + helper.made()
    if (who === 'owner') await publishFilm(bench, job) // As Kafka hands it out again.
    await ended(job)
    expect([await resultOf(bench, job), await job.endings()]).toEqual([film(8), ['TaskCompleted']])
    expect(left.made() + killed.made()).toBeLessThanOrEqual(9)
    expect(before).toBeGreaterThanOrEqual(3)
    await left.stop()
    expect(await leftOfParts(bench, job)).toEqual([])
  },
  60_000,
)

test('a maker that has lost the lease of its part without noticing is not listed, and takes its bytes away', async () => {
  await using bench = await openTaskBench()
  const other = await filmWorker(bench)
  const deaf = await filmWorker(bench, 'slow', true)
  const job = await filmOnBus(bench, 'parts:2 3000')
  await until(async () => (await leftOfParts(bench, job)).includes('entry'))
  // So many that both are handed one.
  for (let i = 0; i < 16; i++) await publishPart(bench, job, i % 2, 2)
  await ended(job)
  expect(await resultOf(bench, job)).toBe(film(2))
  // Of the two parts one was made twice: by the one without its lease, and by the other, who had taken it before that was done.
  expect([deaf.outcomes, other.outcomes]).toEqual([['over'], ['made', 'made']])
  await until(async () => (await lagOf(bench)) === 0n)
  expect(await leftOfParts(bench, job)).toEqual([])
  await other.stop()
  await deaf.stop()
}, 60_000)

test('a request for a hand that comes when the film has ended takes away what a killed maker left', async () => {
  await using bench = await openTaskBench()
  const worker = await filmWorker(bench)
  const job = await filmOnBus(bench, 'parts:2 20')
  await ended(job)
  await until(async () => (await leftOfParts(bench, job)).length === 0)
  await leavePart(bench, job)
  expect(await leftOfParts(bench, job)).toHaveLength(1)
  await publishPart(bench, job, 0, 2)
  await until(async () => (await leftOfParts(bench, job)).length === 0)
  expect([await resultOf(bench, job), worker.made()]).toEqual([film(2), 2])
  await worker.stop()
}, 60_000)
