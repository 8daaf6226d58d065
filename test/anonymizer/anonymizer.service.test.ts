// The whole room on local stores: two pumps with their own workers, a graceful stop, and records that do not read.
import { setTimeout } from 'node:timers/promises'
import { Registry } from 'prom-client'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Anonymizer, type AnonymizerParts, startAnonymizer } from '#anonymizer/anonymizer.ts'
import { taskMetrics } from '#anonymizer/task-metrics.ts'
import { TransientFailure } from '#runtime/failure.ts'
import { taskLease } from '#schemas/state-keys.ts'
import { DEAD_LETTERS, FILM_TASKS, PICTURE_TASKS } from '#schemas/topics.ts'
import { type ScriptedPool, scriptedPool, spawnScripted } from './fixtures/scripted-pool.ts'
import { clock, FAST, type Job, openTaskBench, silentLog, type TaskBench } from './fixtures/task-bench.ts'

let bench: TaskBench
let picture: ScriptedPool
let film: ScriptedPool
let stop: AbortController
const noMetrics = { handled: () => {}, inFlight: () => {} }

beforeEach(async () => {
  bench = await openTaskBench()
  picture = await scriptedPool({ slots: 2 })
  film = await scriptedPool({ slots: 1 })
  stop = new AbortController()
})
afterEach(async () => {
  stop.abort()
  await picture[Symbol.asyncDispose]()
  await film[Symbol.asyncDispose]()
  await bench[Symbol.asyncDispose]()
})

const start = (registry = new Registry(), over: Partial<AnonymizerParts> = {}): Promise<Anonymizer> =>
  startAnonymizer({
    ...{
      bus: bench.stores.bus,
      store: bench.stores.store,
      objects: bench.stores.objects,
      codec: bench.codec,
    },
    ...{ clock, owner: 'test', log: silentLog, timing: FAST, signal: stop.signal, pumpMetrics: noMetrics },
    metrics: taskMetrics(registry, { executionProvider: 'cpu', models: [] }),
    pools: { picture: picture.pool, film: film.pool, [Symbol.asyncDispose]: async () => {} },
    ...over,
  })

async function publish(job: Job): Promise<void> {
  for (const event of job.events) {
    const topic = event.data.media_kind === 'film' ? FILM_TASKS.name : PICTURE_TASKS.name
    await bench.stores.bus.publish([await bench.codec.encode(topic, event.data.task_id, event)])
  }
}
const until = async (what: () => Promise<boolean>): Promise<void> => {
  for (let tries = 0; !(await what()); tries++) {
    if (tries > 1000) throw new Error('waited in vain')
    await setTimeout(10)
  }
}

test('pictures are done while every film slot is taken, and the metrics count both by their outcome', async () => {
  const registry = new Registry()
  const anonymizer = await start(registry)
  expect(anonymizer.executionProvider).toBe('cpu')
  const films = await bench.job(['film:60', 'film:60'], { kind: 'film' })
  await publish(films)
  await until(async () => (await films.facts()).length > 0)
  const pictures = await bench.job(['work:1', 'work:1', 'refuse:MEDIA_UNREADABLE'])
  await publish(pictures)
  await until(async () => (await pictures.endings()).length === 3)
  expect(await films.endings()).toEqual([])
  await until(async () => (await films.endings()).length === 2)
  // A task is counted a moment after its fact is out.
  await until(async () =>
    (await registry.metrics()).includes(
      'syntonym_tasks_total{kind="film",model="blur",outcome="completed"} 2',
    ),
  )
  const text = await registry.metrics()
  expect(text).toContain('syntonym_tasks_total{kind="picture",model="blur",outcome="completed"} 2')
  expect(text).toContain('syntonym_tasks_total{kind="picture",model="blur",outcome="failed"} 1')
  expect(text).toContain('syntonym_tasks_total{kind="film",model="blur",outcome="completed"} 2')
  expect(text).toContain('syntonym_task_seconds_count{kind="film",outcome="completed"} 2')
})

test('a stop ends the work in hand at once, hands its leases back, and the next start goes on', async () => {
  const anonymizer = await start()
  const job = await bench.job(['work:60000', 'work:60000', 'work:1'])
  await publish(job)
  await until(async () => (await job.facts()).filter((fact) => fact.type === 'TaskStarted').length >= 2)
  const began = performance.now()
  stop.abort()
  await anonymizer.done
  expect(performance.now() - began).toBeLessThan(2000)
  for (const event of job.events) {
    const lease = taskLease(event.data.task_id)
    const taken = await bench.stores.store.acquireLease(lease, 'next', 50)
    expect(taken).toMatchObject({ verdict: 'granted', starts: 1 })
    if (taken.verdict === 'granted')
      await bench.stores.store.releaseLease({ lease, token: taken.token }, 'returned')
  }
  await job.decide('cancelled')
  stop = new AbortController()
  await start()
  await until(async () => (await job.endings()).length === 3)
  expect(new Set(await job.endings()).has('TaskFailed')).toBe(false)
})

test('a record whose ground turns out not to be firm is handled again, and only then committed', async () => {
  const asked: string[] = []
  const firm: AnonymizerParts['firm'] = async (key, _, work) => {
    await work()
    asked.push(key)
    if (asked.length === 1) throw new TransientFailure('STORE_UNAVAILABLE', 'lost meanwhile')
  }
  await start(new Registry(), { firm })
  const job = await bench.job(['work:1'])
  await publish(job)
  const { bus } = bench.stores
  await until(async () => (await bus.lag('syntonym.anonymizer.pictures', PICTURE_TASKS.name)) === 0n)
  expect(asked).toEqual([job.id, job.id])
  expect(await job.endings()).toEqual(['TaskCompleted'])
})

test('a record that does not read goes to the dead letters and holds up nobody', async () => {
  await start()
  await bench.stores.bus.publish([
    { topic: PICTURE_TASKS.name, key: 'x', value: new Uint8Array([1, 2, 3]), headers: {} },
  ])
  const job = await bench.job(['work:1'])
  await publish(job)
  await until(async () => (await job.endings()).length === 1)
  const dead: string[] = []
  await until(async () => {
    for await (const record of bench.stores.bus.readAll(DEAD_LETTERS.name))
      dead.push(record.headers['x-error'] ?? '')
    return dead.length > 0
  })
  expect(dead[0]).toBe('EVENT_UNREADABLE')
})

test('workers that cannot be started are told before a single record is taken', async () => {
  await using unfit = await scriptedPool({ spawn: spawnScripted(undefined, 'unfit') })
  await picture[Symbol.asyncDispose]()
  picture = unfit
  await expect(start()).rejects.toMatchObject({ name: 'WorkerUnfit', code: 'MODEL_NOT_AVAILABLE' })
})

test('a mistake of ours in one pump stops both, and is what the room ends with', async () => {
  const { objects } = bench.stores
  Object.defineProperty(objects, 'fetchTo', {
    value: async () => {
      throw new TypeError('undefined is not a function')
    },
  })
  const anonymizer = await start()
  await publish(await bench.job(['work:1']))
  await expect(anonymizer.done).rejects.toThrow(TypeError)
})
