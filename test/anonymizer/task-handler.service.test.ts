// A task on the real local stores with real, scripted workers: it ends once, as it should, done, failed or called off.
import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { inputKey } from '#schemas/object-keys.ts'
import { taskCancelKey, taskLease, workerDeathsKey } from '#schemas/state-keys.ts'
import { changes, openHandlerBench, outputs, startedFacts, until } from './fixtures/handler-bench.ts'
import { countingMetrics, type Job, replacing } from './fixtures/task-bench.ts'

const at = openHandlerBench()

describe('a task that goes well', () => {
  test('has its result and document under its attempt, its fact, and its credits captured once', async () => {
    const job = await at.bench.job(['work:1'], { cost: 4 })
    const metrics = countingMetrics()
    const moved = await changes(job, () => at.handle(job, { metrics }))
    expect(moved).toEqual({ available: 0, held: -4, spent: 4, settled: 1 })
    expect(await job.endings()).toEqual(['TaskCompleted'])
    const completed = (await job.facts()).find((fact) => fact.type === 'TaskCompleted')
    expect(completed?.data).toMatchObject({ attempt: 1, faces: 1, plates: 2, output_extension: '.jpg' })
    expect(completed?.data).toMatchObject({ output_sha256: job.event.data.input_sha256, credit_cost: 4 })
    expect(await outputs(job)).toHaveLength(2)
    expect(metrics.counted).toEqual({ 'picture completed': 1, credits: 4 })
    expect(await at.pool.leftovers()).toEqual([])
  })

  test('tells its start and its progress, which only grows', async () => {
    const job = await at.bench.job(['film:30'], { kind: 'film' })
    await at.handle(job)
    const facts = await job.facts()
    expect(facts.filter((fact) => fact.type === 'TaskStarted')).toHaveLength(1)
    const told = facts.flatMap((fact) => (fact.type === 'TaskProgressed' ? [fact.data.progress] : []))
    expect(told.length).toBeGreaterThan(2)
    expect(told.length).toBeLessThan(20)
    expect(told).toEqual([...told].sort((a, b) => a - b))
    expect(new Set(facts.map((fact) => fact.event_id)).size).toBe(facts.length)
  })

  test('is done once when its record comes again while it runs, and again after it has ended', async () => {
    const job = await at.bench.job(['work:300'])
    const moved = await changes(job, () => Promise.all([at.handle(job), at.handle(job), at.handle(job)]))
    await at.handle(job)
    expect(moved).toMatchObject({ spent: 1, settled: 1 })
    expect(await job.endings()).toEqual(['TaskCompleted'])
    expect(await startedFacts(job)).toBe(1)
    expect(await outputs(job)).toHaveLength(2)
  })

  test('is counted as waiting until its first start, not until one after it was handed back', async () => {
    const waits: string[] = []
    const metrics = { ...countingMetrics(), waited: (kind: string) => void waits.push(kind) }
    await at.handle(await at.bench.job(['work:1']), { metrics })
    expect(waits).toEqual(['picture'])
    const back = await at.bench.job(['work:1'])
    const { store } = at.bench.stores
    const lease = taskLease(back.event.data.task_id)
    const held = await store.acquireLease(lease, 'other', 10_000)
    const token = held.verdict === 'granted' ? held.token : 0
    await store.releaseLease({ lease, token }, 'returned')
    await at.handle(back, { metrics })
    expect(await back.endings()).toEqual(['TaskCompleted'])
    expect(waits).toEqual(['picture'])
  })

  test('of an account without credits moves none', async () => {
    const job = await at.bench.job(['work:1'], { decision: { metered: false } })
    const metrics = countingMetrics()
    const moved = await changes(job, () => at.handle(job, { metrics }))
    expect(moved).toEqual({ available: 0, held: 0, spent: 0, settled: 1 })
    expect(metrics.counted).toEqual({ 'picture completed': 1, credits: 0 })
  })
})

describe('a task that cannot be done', () => {
  test.each([
    ['refuse:MEDIA_UNREADABLE', 'MEDIA_UNREADABLE'],
    ['refuse:SOMETHING_NEW', 'INTERNAL'],
    ['refuse:INTERNAL', 'INTERNAL'],
  ])('fails with its code (%s) and its credits come back', async (script, code) => {
    const job = await at.bench.job([script], { cost: 2 })
    const moved = await changes(job, () => at.handle(job))
    expect(moved).toEqual({ available: 2, held: -2, spent: 0, settled: 1 })
    const failed = (await job.facts()).find((fact) => fact.type === 'TaskFailed')
    expect(failed?.data).toMatchObject({ code, credit_cost: 2 })
    expect(await outputs(job)).toEqual([])
  })

  test('fails with OBJECT_CORRUPT when the stored file is another, OBJECT_MISSING when it is gone', async () => {
    const corrupt = await at.bench.job(['work:1'])
    const key = inputKey(corrupt.id, corrupt.event.data.task_id)
    await at.bench.stores.objects.put(key, Readable.from(['work:2']))
    await at.handle(corrupt)
    const missing = await at.bench.job(['work:1'])
    await at.bench.stores.objects.delete(inputKey(missing.id, missing.event.data.task_id))
    await at.handle(missing)
    for (const [job, code] of [
      [corrupt, 'OBJECT_CORRUPT'],
      [missing, 'OBJECT_MISSING'],
    ] as const) {
      const failed = (await job.facts()).find((fact) => fact.type === 'TaskFailed')
      expect(failed?.data).toMatchObject({ code })
    }
  })

  test.each([
    ['crash', 'WORKER_DIED', 3],
    ['sleep', 'WORKER_TIMEOUT', 2],
    ['eat', 'WORKER_MEMORY', 2],
  ])('fails after a file made its workers %s (%s, %i workers)', async (script, code, deaths) => {
    const job = await at.bench.job([script])
    const before = at.pool.deaths.length
    expect(await changes(job, () => at.handle(job))).toEqual({ available: 1, held: -1, spent: 0, settled: 1 })
    const failed = (await job.facts()).find((fact) => fact.type === 'TaskFailed')
    expect(failed?.data).toMatchObject({ code })
    expect(at.pool.deaths.length - before).toBe(deaths)
    expect(await startedFacts(job)).toBe(1)
    expect(await at.bench.stores.store.get(workerDeathsKey(job.event.data.task_id))).toBeUndefined()
  })

  test('whose worker writes no file fails with RENDER_FAILED', async () => {
    const job = await at.bench.job(['remove folder'])
    await at.handle(job)
    const failed = (await job.facts()).find((fact) => fact.type === 'TaskFailed')
    expect(failed?.data).toMatchObject({ code: 'RENDER_FAILED' })
  })
})

test('deaths are counted across processes: two before a stop and one after make three', async () => {
  const job = await at.bench.job(['crash'])
  const stop = new AbortController()
  const before = at.pool.deaths.length
  const first = at.handle(job, {}, stop.signal)
  await until(async () => at.pool.deaths.length >= before + 2)
  stop.abort(new Error('stopped'))
  await first.catch(() => {})
  await at.handle(job)
  const failed = (await job.facts()).find((fact) => fact.type === 'TaskFailed')
  expect(failed?.data).toMatchObject({ code: 'WORKER_DIED' })
  expect(at.pool.deaths.length - before).toBe(3)
})

describe('a task that is called off', () => {
  const callOff: Record<string, (job: Job) => Promise<unknown>> = {
    'the job is cancelled': (job) => job.decide('cancelled'),
    'the job is deleted': (job) => job.decide('deleted'),
    'the task is cancelled': (job) =>
      at.bench.stores.store.commit({ puts: [{ key: taskCancelKey(job.event.data.task_id), value: '{}' }] }),
  }
  const cases = Object.keys(callOff)
  const off = (how: string, job: Job): Promise<unknown> => callOff[how]?.(job) ?? Promise.resolve()

  test.each(cases)('before it starts is never started: %s', async (how) => {
    const job = await at.bench.job(['work:1'])
    await off(how, job)
    expect(await changes(job, () => at.handle(job))).toEqual({ available: 1, held: -1, spent: 0, settled: 1 })
    expect(await job.endings()).toEqual(['TaskCancelled'])
    expect(await startedFacts(job)).toBe(0)
    expect(await outputs(job)).toEqual([])
  })

  test.each(cases)('while a film runs ends at once and leaves no object: %s', async (how) => {
    const job = await at.bench.job(['film:1000'], { kind: 'film' })
    const running = at.handle(job)
    await until(async () => (await job.facts()).some((fact) => fact.type === 'TaskProgressed'))
    const started = performance.now()
    await off(how, job)
    await running
    expect(performance.now() - started).toBeLessThan(1500)
    expect(await job.endings()).toEqual(['TaskCancelled'])
    expect(await outputs(job)).toEqual([])
    expect(await at.pool.leftovers()).toEqual([])
  })

  test.each(cases)('while a picture runs is dropped when it is done: %s', async (how) => {
    const job = await at.bench.job(['work:150'])
    const running = at.handle(job)
    await until(async () => (await startedFacts(job)) === 1)
    await off(how, job)
    await running
    expect(await job.endings()).toEqual(['TaskCancelled'])
    expect(await outputs(job)).toEqual([])
  })

  test('between storing and settling is cancelled and its result removed', async () => {
    const job = await at.bench.job(['work:1'])
    const { objects } = at.bench.stores
    const late = replacing(objects, {
      putFile: async (key: string, path: string) => {
        const stored = await objects.putFile(key, path)
        if (key.endsWith('result')) await job.decide('cancelled')
        return stored
      },
    })
    const moved = await changes(job, () => at.handle(job, { objects: late }))
    expect(moved).toEqual({ available: 1, held: -1, spent: 0, settled: 1 })
    expect(await job.endings()).toEqual(['TaskCancelled'])
    expect(await outputs(job)).toEqual([])
  })

  test.each(cases)('after it has ended keeps its end: %s', async (how) => {
    const job = await at.bench.job(['work:1'])
    await at.handle(job)
    await off(how, job)
    expect(await changes(job, () => at.handle(job))).toMatchObject({ settled: 0, spent: 0, available: 0 })
    expect(await job.endings()).toEqual(['TaskCompleted'])
  })
})

test('no folder of any task above is left', async () => {
  expect(await at.pool.leftovers()).toEqual([])
})
