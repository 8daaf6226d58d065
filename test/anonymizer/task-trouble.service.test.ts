// A task that two processes hold, that is stopped, whose stores are away, that we ourselves spoil: it still ends once.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { settleTask } from '#anonymizer/task/settle-task.ts'
import { handleTaskReady } from '#anonymizer/task-handler.ts'
import { TransientFailure } from '#runtime/failure.ts'
import { documentKey, outputKey, taskOutputPrefix } from '#schemas/object-keys.ts'
import { attemptedKey, taskLease } from '#schemas/state-keys.ts'
import { changes, never, openHandlerBench, outputs, startedFacts, until } from './fixtures/handler-bench.ts'
import { countingMetrics, FAST, replacing } from './fixtures/task-bench.ts'

const at = openHandlerBench()

describe('a task that two processes hold to be theirs', () => {
  test.each([['before'], ['after']])(
    'is settled by the one that has the lease; the other, waking %s, writes nothing and removes what it stored',
    async (when) => {
      const job = await at.bench.job(['work:1'])
      const task = job.event.data.task_id
      const { store, objects } = at.bench.stores
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
      const zombie = at.handle(job, { objects: slow, store: deaf })
      await paused.promise
      const moved = await changes(job, async () => {
        if (when === 'after') {
          await at.handle(job)
          goOn.resolve()
          await zombie
        } else {
          const { store: real } = at.bench.stores
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
          await at.handle(job, { store: between })
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
      const job = await at.bench.job(['work:1'])
      const { store } = at.bench.stores
      const lease = taskLease(job.event.data.task_id)
      const old = await store.acquireLease(lease, 'zombie', 1)
      await setTimeout(3)
      const fresh = await store.acquireLease(lease, 'other', 60_000)
      if (old.verdict !== 'granted' || fresh.verdict !== 'granted') throw new Error('lease not granted')
      const attempt = { accountId: 'account', jobId: job.id, taskId: job.event.data.task_id, creditCost: 1 }
      const late = await settleTask(
        at.bench.ports(at.pool.pool),
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
    const job = await at.bench.job(['film:1000'], { kind: 'film' })
    const { store } = at.bench.stores
    let lost = false
    const losing = replacing(store, {
      renewLease: async (...args: Parameters<typeof store.renewLease>) =>
        lost ? 'lost' : store.renewLease(...args),
    })
    const running = at.handle(job, { store: losing })
    await until(async () => (await startedFacts(job)) === 1)
    lost = true
    await expect(running).rejects.toMatchObject({ name: 'TransientFailure' })
    expect(await job.endings()).toEqual([])
    expect(await outputs(job)).toEqual([])
  })
})

describe('a stop', () => {
  test('gives the lease back at once and does not count as a start', async () => {
    const job = await at.bench.job(['work:2000', 'work:1'])
    const stop = new AbortController()
    const running = at.handle(job, {}, stop.signal)
    await until(async () => (await startedFacts(job)) === 1)
    stop.abort(new Error('stopped'))
    await expect(running).rejects.toThrow('stopped')
    const again = await at.bench.stores.store.acquireLease(taskLease(job.event.data.task_id), 'test', 1000)
    expect(again).toMatchObject({ verdict: 'granted', starts: 1 })
    expect(await job.endings()).toEqual([])
  })

  test('a task that waits for somebody else’s lease lets go', async () => {
    const job = await at.bench.job(['work:1'])
    await at.bench.stores.store.acquireLease(taskLease(job.event.data.task_id), 'other', 60_000)
    const stop = new AbortController()
    const waiting = at.handle(job, {}, stop.signal)
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
    const job = await at.bench.job(['work:1'])
    await at.handle(job, {
      objects: flaky(at.bench.stores.objects, 'putFile', 3),
      store: flaky(at.bench.stores.store, 'commit', 3),
    })
    expect(await job.endings()).toEqual(['TaskCompleted'])
    expect(await startedFacts(job)).toBe(1)
  })

  test('before the work has begun hands the task back', async () => {
    const job = await at.bench.job(['work:1'])
    await expect(at.handle(job, { bus: flaky(at.bench.stores.bus, 'publish', 1) })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    })
    await at.handle(job)
    expect(await job.endings()).toEqual(['TaskCompleted'])
  })

  test('a commit whose answer got lost is not made twice, and its result stays', async () => {
    const job = await at.bench.job(['work:1'])
    const { store } = at.bench.stores
    let lost = 0
    const forgetful = replacing(store, {
      commit: async (...args: Parameters<typeof store.commit>) => {
        const result = await store.commit(...args)
        if (lost++ === 0) throw new TransientFailure('STORE_UNAVAILABLE', 'the answer got lost')
        return result
      },
    })
    expect(await changes(job, () => at.handle(job, { store: forgetful }))).toMatchObject({
      spent: 1,
      settled: 1,
    })
    expect(await job.endings()).toEqual(['TaskCompleted'])
    expect(await outputs(job)).toHaveLength(2)
  })

  test('progress that the bus does not take is counted and costs nothing', async () => {
    const job = await at.bench.job(['film:20'], { kind: 'film' })
    const metrics = countingMetrics()
    const { bus } = at.bench.stores
    let calls = 0
    const deaf = {
      publish: async (...args: Parameters<typeof bus.publish>) => {
        if (++calls > 1) throw new TransientFailure('STORE_UNAVAILABLE', 'away')
        await bus.publish(...args)
      },
    }
    await at.handle(job, { bus: deaf, metrics })
    expect(metrics.counted.dropped).toBeGreaterThan(0)
    expect(await job.endings()).toEqual(['TaskCompleted'])
  })
})

test('a mistake of ours stops the pump, and the start counts', async () => {
  const job = await at.bench.job(['work:1'])
  const broken = replacing(at.bench.stores.objects, {
    fetchTo: async () => {
      throw new TypeError('undefined is not a function')
    },
  })
  await expect(at.handle(job, { objects: broken })).rejects.toThrow(TypeError)
  await setTimeout(FAST.leaseTtlMs)
  const again = await at.bench.stores.store.acquireLease(taskLease(job.event.data.task_id), 'test', 1000)
  expect(again).toMatchObject({ verdict: 'granted', starts: 2 })
})

test('a task whose result was stored by a killed start keeps only the result of the start that settled', async () => {
  const job = await at.bench.job(['work:1'])
  const task = job.event.data.task_id
  await at.bench.stores.objects.put(outputKey(job.id, task, 1), Readable.from(['left']))
  const { store } = at.bench.stores
  await store.acquireLease(taskLease(task), 'killed', 1)
  await setTimeout(3)
  await at.handle(job)
  expect(await outputs(job)).toHaveLength(2)
  expect(await outputs(job)).not.toContain(outputKey(job.id, task, 1))
})

test('a task that nobody began before is not searched for leavings; one that a rebuild knows of is cleared of them', async () => {
  const { store, objects } = at.bench.stores
  const swept: string[] = []
  const watched = replacing(objects, {
    deletePrefix: async (prefix: string) => {
      swept.push(prefix)
      await objects.deletePrefix(prefix)
    },
  })
  const fresh = await at.bench.job(['work:1'])
  await at.handle(fresh, { objects: watched })
  expect(swept).toEqual([])
  const job = await at.bench.job(['work:1'])
  const task = job.event.data.task_id
  await objects.put(outputKey(job.id, task, 1), Readable.from(['left']))
  await store.commit({ puts: [{ key: attemptedKey(task), value: '1' }] })
  // Its own attempt must not have the number of the lost one.
  await store.acquireLease('other', 'other', 1)
  await store.dropLease('other')
  await at.handle(job, { objects: watched })
  expect(swept).toEqual([taskOutputPrefix(job.id, task)])
  expect(await outputs(job)).not.toContain(outputKey(job.id, task, 1))
  expect(await store.get(attemptedKey(task))).toBeUndefined()
})

test('a task that has ended is only cleared up when it comes again, and its lease is free at once', async () => {
  const job = await at.bench.job(['work:1'])
  await at.handle(job)
  await at.handle(job)
  expect(await startedFacts(job)).toBe(1)
  expect(await outputs(job)).toHaveLength(2)
  const lease = taskLease(job.event.data.task_id)
  expect(await at.bench.stores.store.acquireLease(lease, 'next', 1)).toMatchObject({ starts: 1 })
})

test('an unknown job is waited for, not failed', async () => {
  const job = await at.bench.job(['work:1'])
  const stray = { ...job.event, job_id: 'nobody' }
  await expect(handleTaskReady(at.bench.ports(at.pool.pool), stray, never)).rejects.toBeInstanceOf(
    TransientFailure,
  )
})

test('no folder of any task above is left', async () => {
  expect(await at.pool.leftovers()).toEqual([])
  expect(await readdir(join(at.pool.root, 'tasks'))).toEqual([])
})
