// A task on the real local stores with real, scripted workers: it ends once, as it should, whatever happens meanwhile.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { settleTask } from '#anonymizer/task/settle-task.ts'
import type { TaskPorts } from '#anonymizer/task/task-ports.ts'
import { handleTaskReady } from '#anonymizer/task-handler.ts'
import { PermanentFailure, TransientFailure } from '#runtime/failure.ts'
import { documentKey, inputKey, outputKey, taskOutputPrefix } from '#schemas/object-keys.ts'
import { taskCancelKey, taskLease, workerDeathsKey } from '#schemas/state-keys.ts'
import { type ScriptedPool, scriptedPool } from './fixtures/scripted-pool.ts'
import {
  countingMetrics,
  FAST,
  type Job,
  openTaskBench,
  replacing,
  type TaskBench,
} from './fixtures/task-bench.ts'

let bench: TaskBench
let pool: ScriptedPool
const never = new AbortController().signal

beforeAll(async () => {
  bench = await openTaskBench()
  pool = await scriptedPool({ slots: 2, limits: { silentMs: 500 } })
  await pool.pool.ready()
})
afterAll(async () => {
  await pool[Symbol.asyncDispose]()
  await bench[Symbol.asyncDispose]()
})

const handle = (job: Job, over: Partial<TaskPorts> = {}, signal = never): Promise<void> =>
  handleTaskReady(bench.ports(pool.pool, over), job.event, signal)

/** What one account's credits and one job's count changed by. */
async function changes(job: Job, work: () => Promise<unknown>) {
  const before = await job.credits()
  await work()
  const after = await job.credits()
  return {
    available: after.available - before.available,
    held: after.held - before.held,
    spent: after.spent - before.spent,
    settled: after.settled - before.settled,
  }
}
const until = async (what: () => Promise<boolean>): Promise<void> => {
  for (let tries = 0; !(await what()); tries++) {
    if (tries > 500) throw new Error('waited in vain')
    await setTimeout(10)
  }
}
const startedFacts = async (job: Job): Promise<number> =>
  (await job.facts()).filter((fact) => fact.type === 'TaskStarted').length
const outputs = async (job: Job): Promise<readonly string[]> =>
  (await job.objects()).filter((key) => key.startsWith(taskOutputPrefix(job.id, job.event.data.task_id)))

describe('a task that goes well', () => {
  test('has its result and document under its attempt, its fact, and its credits captured once', async () => {
    const job = await bench.job(['work:1'], { cost: 4 })
    const metrics = countingMetrics()
    const moved = await changes(job, () => handle(job, { metrics }))
    expect(moved).toEqual({ available: 0, held: -4, spent: 4, settled: 1 })
    expect(await job.endings()).toEqual(['TaskCompleted'])
    const completed = (await job.facts()).find((fact) => fact.type === 'TaskCompleted')
    expect(completed?.data).toMatchObject({ attempt: 1, faces: 1, plates: 2, output_extension: '.jpg' })
    expect(completed?.data).toMatchObject({ output_sha256: job.event.data.input_sha256, credit_cost: 4 })
    expect(await outputs(job)).toHaveLength(2)
    expect(metrics.counted).toEqual({ 'picture completed': 1 })
    expect(await pool.leftovers()).toEqual([])
  })

  test('tells its start and its progress, which only grows', async () => {
    const job = await bench.job(['film:30'], { kind: 'film' })
    await handle(job)
    const facts = await job.facts()
    expect(facts.filter((fact) => fact.type === 'TaskStarted')).toHaveLength(1)
    const told = facts.flatMap((fact) => (fact.type === 'TaskProgressed' ? [fact.data.progress] : []))
    expect(told.length).toBeGreaterThan(2)
    expect(told.length).toBeLessThan(20)
    expect(told).toEqual([...told].sort((a, b) => a - b))
    expect(new Set(facts.map((fact) => fact.event_id)).size).toBe(facts.length)
  })

  test('is done once when its record comes again while it runs, and again after it has ended', async () => {
    const job = await bench.job(['work:300'])
    const moved = await changes(job, () => Promise.all([handle(job), handle(job), handle(job)]))
    await handle(job)
    expect(moved).toMatchObject({ spent: 1, settled: 1 })
    expect(await job.endings()).toEqual(['TaskCompleted'])
    expect(await startedFacts(job)).toBe(1)
    expect(await outputs(job)).toHaveLength(2)
  })

  test('of an account without credits moves none', async () => {
    const job = await bench.job(['work:1'], { decision: { metered: false } })
    expect(await changes(job, () => handle(job))).toEqual({ available: 0, held: 0, spent: 0, settled: 1 })
  })
})

describe('a task that cannot be done', () => {
  test.each([
    ['refuse:MEDIA_UNREADABLE', 'MEDIA_UNREADABLE'],
    ['refuse:SOMETHING_NEW', 'INTERNAL'],
    ['refuse:INTERNAL', 'INTERNAL'],
  ])('fails with its code (%s) and its credits come back', async (script, code) => {
    const job = await bench.job([script], { cost: 2 })
    const moved = await changes(job, () => handle(job))
    expect(moved).toEqual({ available: 2, held: -2, spent: 0, settled: 1 })
    const failed = (await job.facts()).find((fact) => fact.type === 'TaskFailed')
    expect(failed?.data).toMatchObject({ code, credit_cost: 2 })
    expect(await outputs(job)).toEqual([])
  })

  test('fails with OBJECT_CORRUPT when the stored file is another, OBJECT_MISSING when it is gone', async () => {
    const corrupt = await bench.job(['work:1'])
    const key = inputKey(corrupt.id, corrupt.event.data.task_id)
    await bench.stores.objects.put(key, Readable.from(['work:2']))
    await handle(corrupt)
    const missing = await bench.job(['work:1'])
    await bench.stores.objects.delete(inputKey(missing.id, missing.event.data.task_id))
    await handle(missing)
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
    const job = await bench.job([script])
    const before = pool.deaths.length
    expect(await changes(job, () => handle(job))).toEqual({ available: 1, held: -1, spent: 0, settled: 1 })
    const failed = (await job.facts()).find((fact) => fact.type === 'TaskFailed')
    expect(failed?.data).toMatchObject({ code })
    expect(pool.deaths.length - before).toBe(deaths)
    expect(await startedFacts(job)).toBe(1)
    expect(await bench.stores.store.get(workerDeathsKey(job.event.data.task_id))).toBeUndefined()
  })

  test('whose worker writes no file fails with RENDER_FAILED', async () => {
    const job = await bench.job(['remove folder'])
    await handle(job)
    const failed = (await job.facts()).find((fact) => fact.type === 'TaskFailed')
    expect(failed?.data).toMatchObject({ code: 'RENDER_FAILED' })
  })
})

test('deaths are counted across processes: two before a stop and one after make three', async () => {
  const job = await bench.job(['crash'])
  const stop = new AbortController()
  const before = pool.deaths.length
  const first = handle(job, {}, stop.signal)
  await until(async () => pool.deaths.length >= before + 2)
  stop.abort(new Error('stopped'))
  await first.catch(() => {})
  await handle(job)
  const failed = (await job.facts()).find((fact) => fact.type === 'TaskFailed')
  expect(failed?.data).toMatchObject({ code: 'WORKER_DIED' })
  expect(pool.deaths.length - before).toBe(3)
})

describe('a task that is called off', () => {
  const callOff: Record<string, (job: Job) => Promise<unknown>> = {
    'the job is cancelled': (job) => job.decide('cancelled'),
    'the job is deleted': (job) => job.decide('deleted'),
    'the task is cancelled': (job) =>
      bench.stores.store.commit({ puts: [{ key: taskCancelKey(job.event.data.task_id), value: '{}' }] }),
  }
  const cases = Object.keys(callOff)
  const off = (how: string, job: Job): Promise<unknown> => callOff[how]?.(job) ?? Promise.resolve()

  test.each(cases)('before it starts is never started: %s', async (how) => {
    const job = await bench.job(['work:1'])
    await off(how, job)
    expect(await changes(job, () => handle(job))).toEqual({ available: 1, held: -1, spent: 0, settled: 1 })
    expect(await job.endings()).toEqual(['TaskCancelled'])
    expect(await startedFacts(job)).toBe(0)
    expect(await outputs(job)).toEqual([])
  })

  test.each(cases)('while a film runs ends at once and leaves no object: %s', async (how) => {
    const job = await bench.job(['film:1000'], { kind: 'film' })
    const running = handle(job)
    await until(async () => (await job.facts()).some((fact) => fact.type === 'TaskProgressed'))
    const started = performance.now()
    await off(how, job)
    await running
    expect(performance.now() - started).toBeLessThan(1500)
    expect(await job.endings()).toEqual(['TaskCancelled'])
    expect(await outputs(job)).toEqual([])
    expect(await pool.leftovers()).toEqual([])
  })

  test.each(cases)('while a picture runs is dropped when it is done: %s', async (how) => {
    const job = await bench.job(['work:150'])
    const running = handle(job)
    await until(async () => (await startedFacts(job)) === 1)
    await off(how, job)
    await running
    expect(await job.endings()).toEqual(['TaskCancelled'])
    expect(await outputs(job)).toEqual([])
  })

  test('between storing and settling is cancelled and its result removed', async () => {
    const job = await bench.job(['work:1'])
    const { objects } = bench.stores
    const late = replacing(objects, {
      putFile: async (key: string, path: string) => {
        const stored = await objects.putFile(key, path)
        if (key.endsWith('result')) await job.decide('cancelled')
        return stored
      },
    })
    const moved = await changes(job, () => handle(job, { objects: late }))
    expect(moved).toEqual({ available: 1, held: -1, spent: 0, settled: 1 })
    expect(await job.endings()).toEqual(['TaskCancelled'])
    expect(await outputs(job)).toEqual([])
  })

  test.each(cases)('after it has ended keeps its end: %s', async (how) => {
    const job = await bench.job(['work:1'])
    await handle(job)
    await off(how, job)
    expect(await changes(job, () => handle(job))).toMatchObject({ settled: 0, spent: 0, available: 0 })
    expect(await job.endings()).toEqual(['TaskCompleted'])
  })
})

describe('a task that two processes hold to be theirs', () => {
  test.each([['before'], ['after']])(
    'is settled by the one that has the lease; the other, waking %s, writes nothing and removes what it stored',
    async (when) => {
      const job = await bench.job(['work:1'])
      const task = job.event.data.task_id
      const { store, objects } = bench.stores
      // Stands still between storing and settling, as if stopped for longer than its lease, while another takes over.
      const paused = Promise.withResolvers<void>()
      const goOn = Promise.withResolvers<void>()
      const slow = replacing(objects, {
        putFile: async (key: string, path: string) => {
          const stored = await objects.putFile(key, path)
          if (key.endsWith('result')) {
            paused.resolve()
            await goOn.promise
            // Arrives after the other one has cleared up.
            await objects.putFile(key, path)
          }
          return stored
        },
      })
      const deaf = replacing(store, { renewLease: async () => 'renewed' })
      const zombie = handle(job, { objects: slow, store: deaf })
      await paused.promise
      const moved = await changes(job, async () => {
        if (when === 'after') {
          await handle(job)
          goOn.resolve()
          await zombie
        } else {
          const { store: real } = bench.stores
          const between = replacing(real, {
            acquireLease: async (...args) => {
              const got = await real.acquireLease(...args)
              if (got.verdict === 'granted') {
                goOn.resolve()
                await expect(zombie).rejects.toMatchObject({ name: 'TransientFailure' })
              }
              return got
            },
          })
          await handle(job, { store: between })
        }
      })
      expect(moved).toEqual({ available: 0, held: -1, spent: 1, settled: 1 })
      expect(await job.endings()).toEqual(['TaskCompleted'])
      const completed = (await job.facts()).find((fact) => fact.type === 'TaskCompleted')
      const attempt = completed?.type === 'TaskCompleted' ? completed.data.attempt : 0
      expect(await outputs(job)).toEqual([
        documentKey(job.id, task, attempt),
        outputKey(job.id, task, attempt),
      ])
    },
  )

  test('a late settle with an old token is refused, every time', async () => {
    for (let round = 0; round < 20; round++) {
      const job = await bench.job(['work:1'])
      const { store } = bench.stores
      const lease = taskLease(job.event.data.task_id)
      const old = await store.acquireLease(lease, 'zombie', 1)
      await setTimeout(3)
      const fresh = await store.acquireLease(lease, 'other', 60_000)
      if (old.verdict !== 'granted' || fresh.verdict !== 'granted') throw new Error('lease not granted')
      const attempt = { accountId: 'account', jobId: job.id, taskId: job.event.data.task_id, creditCost: 1 }
      const late = await settleTask(
        bench.ports(pool.pool),
        { ...attempt, attempt: old.token },
        {
          fence: { lease, token: old.token },
          wanted: { how: 'failed', code: 'INTERNAL', detail: '' },
          signal: never,
        },
      )
      expect(late).toEqual({ did: 'lost', by: 'other' })
      expect(await job.endings()).toEqual([])
    }
  })

  test('a film whose lease was lost is aborted and its record comes again', async () => {
    const job = await bench.job(['film:1000'], { kind: 'film' })
    const { store } = bench.stores
    let lost = false
    const losing = replacing(store, {
      renewLease: async (...args: Parameters<typeof store.renewLease>) =>
        lost ? 'lost' : store.renewLease(...args),
    })
    const running = handle(job, { store: losing })
    await until(async () => (await startedFacts(job)) === 1)
    lost = true
    await expect(running).rejects.toMatchObject({ name: 'TransientFailure' })
    expect(await job.endings()).toEqual([])
    expect(await outputs(job)).toEqual([])
  })
})

describe('a stop', () => {
  test('gives the lease back at once and does not count as a start', async () => {
    const job = await bench.job(['work:2000', 'work:1'])
    const stop = new AbortController()
    const running = handle(job, {}, stop.signal)
    await until(async () => (await startedFacts(job)) === 1)
    stop.abort(new Error('stopped'))
    await expect(running).rejects.toThrow('stopped')
    const again = await bench.stores.store.acquireLease(taskLease(job.event.data.task_id), 'test', 1000)
    expect(again).toMatchObject({ verdict: 'granted', starts: 1 })
    expect(await job.endings()).toEqual([])
  })

  test('a task that waits for somebody else’s lease lets go', async () => {
    const job = await bench.job(['work:1'])
    await bench.stores.store.acquireLease(taskLease(job.event.data.task_id), 'other', 60_000)
    const stop = new AbortController()
    const waiting = handle(job, {}, stop.signal)
    await setTimeout(60)
    stop.abort(new Error('stopped'))
    await expect(waiting).rejects.toThrow('stopped')
  })
})

describe('a store that is away', () => {
  const flaky = <T extends object>(real: T, method: keyof T & string, failures: number): T => {
    let left = failures
    const call = (...args: unknown[]): unknown => {
      if (left-- > 0) throw new TransientFailure('STORE_UNAVAILABLE', 'away')
      return (real[method] as (...a: unknown[]) => unknown).apply(real, args)
    }
    return replacing(real, { [method]: async (...args: unknown[]) => call(...args) } as unknown as Partial<T>)
  }

  test('when the result is to be stored or settled is waited for, and the work is not done twice', async () => {
    const job = await bench.job(['work:1'])
    await handle(job, {
      objects: flaky(bench.stores.objects, 'putFile', 3),
      store: flaky(bench.stores.store, 'commit', 3),
    })
    expect(await job.endings()).toEqual(['TaskCompleted'])
    expect(await startedFacts(job)).toBe(1)
  })

  test('before the work has begun hands the task back', async () => {
    const job = await bench.job(['work:1'])
    await expect(handle(job, { bus: flaky(bench.stores.bus, 'publish', 1) })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    })
    await handle(job)
    expect(await job.endings()).toEqual(['TaskCompleted'])
  })

  test('a commit whose answer got lost is not made twice, and its result stays', async () => {
    const job = await bench.job(['work:1'])
    const { store } = bench.stores
    let lost = 0
    const forgetful = replacing(store, {
      commit: async (...args: Parameters<typeof store.commit>) => {
        const result = await store.commit(...args)
        if (lost++ === 0) throw new TransientFailure('STORE_UNAVAILABLE', 'the answer got lost')
        return result
      },
    })
    expect(await changes(job, () => handle(job, { store: forgetful }))).toMatchObject({
      spent: 1,
      settled: 1,
    })
    expect(await job.endings()).toEqual(['TaskCompleted'])
    expect(await outputs(job)).toHaveLength(2)
  })

  test('progress that the bus does not take is counted and costs nothing', async () => {
    const job = await bench.job(['film:20'], { kind: 'film' })
    const metrics = countingMetrics()
    const { bus } = bench.stores
    let calls = 0
    const deaf = {
      publish: async (...args: Parameters<typeof bus.publish>) => {
        if (++calls > 1) throw new TransientFailure('STORE_UNAVAILABLE', 'away')
        await bus.publish(...args)
      },
    }
    await handle(job, { bus: deaf, metrics })
    expect(metrics.counted.dropped).toBeGreaterThan(0)
    expect(await job.endings()).toEqual(['TaskCompleted'])
  })
})

test('a mistake of ours stops the pump, and the start counts', async () => {
  const job = await bench.job(['work:1'])
  const broken = replacing(bench.stores.objects, {
    fetchTo: async () => {
      throw new TypeError('undefined is not a function')
    },
  })
  await expect(handle(job, { objects: broken })).rejects.toThrow(TypeError)
  await setTimeout(FAST.leaseTtlMs)
  const again = await bench.stores.store.acquireLease(taskLease(job.event.data.task_id), 'test', 1000)
  expect(again).toMatchObject({ verdict: 'granted', starts: 2 })
})

test('a task whose result was stored by a killed start keeps only the result of the start that settled', async () => {
  const job = await bench.job(['work:1'])
  const task = job.event.data.task_id
  await bench.stores.objects.put(outputKey(job.id, task, 1), Readable.from(['left']))
  const { store } = bench.stores
  await store.acquireLease(taskLease(task), 'killed', 1)
  await setTimeout(3)
  await handle(job)
  expect(await outputs(job)).toHaveLength(2)
  expect(await outputs(job)).not.toContain(outputKey(job.id, task, 1))
})

test('an unknown job is waited for, not failed', async () => {
  const job = await bench.job(['work:1'])
  const stray = { ...job.event, job_id: 'nobody' }
  await expect(handleTaskReady(bench.ports(pool.pool), stray, never)).rejects.toBeInstanceOf(TransientFailure)
  expect(new PermanentFailure('INTERNAL', '')).not.toBeInstanceOf(TransientFailure)
})

test('no folder of any task above is left', async () => {
  expect(await pool.leftovers()).toEqual([])
  expect(await readdir(join(pool.root, 'tasks'))).toEqual([])
})
