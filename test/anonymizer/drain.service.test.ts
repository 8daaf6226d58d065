// Draining: no new task is taken, the one in hand comes to its end, and what was not taken is there for others.
import { setTimeout } from 'node:timers/promises'
import { Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { startAnonymizer } from '#anonymizer/anonymizer.ts'
import { taskMetrics } from '#anonymizer/task-metrics.ts'
import { FILM_TASKS } from '#schemas/topics.ts'
import { noPumpMetrics } from '#test/runtime/silent.ts'
import { scriptedPool } from './fixtures/scripted-pool.ts'
import { clock, FAST, type Job, openTaskBench, silentLog, type TaskBench } from './fixtures/task-bench.ts'

async function published(bench: TaskBench, scripts: readonly string[]): Promise<Job> {
  const job = await bench.job([...scripts], { kind: 'film' })
  for (const event of job.events)
    await bench.stores.bus.publish([await bench.codec.encode(FILM_TASKS.name, event.data.task_id, event)])
  return job
}
const until = async (what: () => Promise<boolean>): Promise<void> => {
  for (let tries = 0; !(await what()); tries++) {
    if (tries > 3000) throw new Error('waited in vain')
    await setTimeout(10)
  }
}

async function running(bench: TaskBench, signals: { stop: AbortSignal; drain: AbortSignal }) {
  const pool = await scriptedPool({ slots: 1 })
  const parts = { bus: bench.stores.bus, store: bench.stores.store, objects: bench.stores.objects }
  const anonymizer = await startAnonymizer({
    ...{ ...parts, codec: bench.codec, clock, owner: 'test', log: silentLog, timing: FAST },
    ...{ signal: signals.stop, drain: signals.drain, kinds: ['film'], pumpMetrics: noPumpMetrics },
    metrics: taskMetrics(new Registry(), { executionProvider: 'cpu', models: [] }),
    pools: { picture: pool.pool, film: pool.pool, [Symbol.asyncDispose]: async () => {} },
  })
  return { anonymizer, pool }
}

test('a drained anonymizer ends the films in hand, takes no other, and resolves; the others are still on the bus', async () => {
  await using bench = await openTaskBench()
  const stop = new AbortController()
  const drain = new AbortController()
  const { anonymizer, pool } = await running(bench, { stop: stop.signal, drain: drain.signal })
  await using _pool = pool.pool
  const job = await published(bench, Array(6).fill('film:60'))
  await until(async () => (await job.facts()).length > 0)
  drain.abort()
  await anonymizer.done
  const ended = await job.endings()
  expect(new Set(ended)).toEqual(new Set(['TaskCompleted']))
  expect(ended.length).toBeGreaterThan(0)
  expect(ended.length).toBeLessThan(6)
  const lag = await bench.stores.bus.lag('syntonym.anonymizer.films', FILM_TASKS.name)
  expect(Number(lag)).toBe(6 - ended.length)
  const other = await running(bench, { stop: stop.signal, drain: new AbortController().signal })
  await using _other = other.pool.pool
  await until(async () => (await job.endings()).length === 6)
  stop.abort()
  await other.anonymizer.done
})

test('a stop ends a drain at once, and the film is handed back without an end', async () => {
  await using bench = await openTaskBench()
  const stop = new AbortController()
  const drain = new AbortController()
  const { anonymizer, pool } = await running(bench, { stop: stop.signal, drain: drain.signal })
  await using _pool = pool.pool
  const job = await published(bench, ['film:100000'])
  await until(async () => (await job.facts()).length > 0)
  drain.abort()
  await setTimeout(50)
  stop.abort()
  await anonymizer.done
  expect(await job.endings()).toEqual([])
  expect(Number(await bench.stores.bus.lag('syntonym.anonymizer.films', FILM_TASKS.name))).toBe(1)
})

test('the tasks that run are counted while they run, those that wait for a worker are not, and a failure ends the count', async () => {
  await using pool = await scriptedPool({ slots: 1 })
  const work = Promise.allSettled(
    ['work:1', 'refuse:MEDIA_UNREADABLE', 'work:1'].map((script) => pool.run(script)),
  )
  await work
  expect(pool.running).toEqual([1, 0, 1, 0, 1, 0])
})
