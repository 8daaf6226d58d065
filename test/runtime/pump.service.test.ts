import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Bus, BusConsumer, BusRecord } from '#runtime/bus/bus.ts'
import { PermanentFailure, TransientFailure } from '#runtime/failure.ts'
import { deadLetters } from '#runtime/pump/dead-letters.ts'
import { type PumpOptions, runPump } from '#runtime/pump/pump.ts'
import { openSqliteBus } from '#runtime/sqlite/sqlite-bus.ts'
import { onLocalDatabase, realClock } from '../conformance/local-adapters.ts'
import { keptLog, noPumpMetrics } from './silent.ts'

const TOPIC = 'work'
const DEAD = 'dead'
const openBus = () => onLocalDatabase((database) => openSqliteBus({ database, clock: realClock }))
const textOf = (record: BusRecord) => Buffer.from(record.value).toString()

async function publish(bus: Bus, values: readonly string[], key = (i: number) => `k${i}`) {
  await bus.ensureTopics([
    { name: TOPIC, partitions: 4, retention: 'forever' },
    { name: DEAD, partitions: 1, retention: 'forever' },
  ])
  await bus.publish(
    values.map((v, i) => ({ topic: TOPIC, key: key(i), value: Buffer.from(v), headers: { h: v } })),
  )
}
const joined = (bus: Bus) => bus.join({ group: 'g', topics: [TOPIC], from: 'earliest' })

async function startPump(bus: Bus, handle: PumpOptions['handle'], more: Partial<PumpOptions> = {}) {
  const consumer: BusConsumer = more.consumer ?? (await joined(bus))
  const stop = new AbortController()
  const log = keptLog()
  const bugs: unknown[] = []
  const done = runPump({
    consumer,
    handle,
    inFlight: 8,
    retry: { limit: 3, firstDelayMs: 5, maxDelayMs: 20 },
    onDead: deadLetters({ bus, topic: DEAD }),
    onBug: (_, error) => bugs.push(error),
    clock: realClock,
    log,
    metrics: noPumpMetrics,
    signal: stop.signal,
    ...more,
  })
  done.catch(() => undefined)
  return {
    done,
    bugs,
    async stop() {
      stop.abort()
      await done
      await consumer[Symbol.asyncDispose]()
    },
  }
}

async function until(holds: () => boolean | Promise<boolean>, ms = 5_000) {
  for (const end = performance.now() + ms; performance.now() < end; await sleep(5)) if (await holds()) return
  throw new Error('it never became true')
}
const range = (count: number) => Array.from({ length: count }, (_, i) => String(i))

test('every record is handled, never more at once than allowed, and the lag becomes zero', async () => {
  await using store = await openBus()
  await publish(store.adapter, range(60))
  let running = 0
  let most = 0
  const seen: string[] = []
  const pump = await startPump(store.adapter, async (record) => {
    running += 1
    most = Math.max(most, running)
    await sleep(3)
    running -= 1
    seen.push(textOf(record))
  })
  await until(async () => (await store.adapter.lag('g', TOPIC)) === 0n)
  await pump.stop()
  expect(seen.toSorted()).toEqual(range(60).toSorted())
  expect(most).toBe(8)
})

test('records of one serial key are handled one after another in their order, others beside them', async () => {
  await using store = await openBus()
  await publish(store.adapter, range(40), (i) => `k${i % 3}`)
  const running = new Map<string, number>()
  const order = new Map<string, number[]>()
  let sideBySide = 0
  const pump = await startPump(
    store.adapter,
    async (record) => {
      expect(running.get(record.key) ?? 0).toBe(0)
      running.set(record.key, 1)
      sideBySide = Math.max(
        sideBySide,
        [...running.values()].reduce((a, b) => a + b, 0),
      )
      await sleep(2)
      running.set(record.key, 0)
      order.set(record.key, [...(order.get(record.key) ?? []), Number(textOf(record))])
    },
    { serialBy: (record) => record.key },
  )
  await until(async () => (await store.adapter.lag('g', TOPIC)) === 0n)
  await pump.stop()
  for (const values of order.values()) expect(values).toEqual(values.toSorted((a, b) => a - b))
  expect(sideBySide).toBeGreaterThan(1)
})

test('a record whose handling never ended is not committed, nor any behind it in its partition', async () => {
  await using store = await openBus()
  await publish(store.adapter, range(10), () => 'same')
  const pump = await startPump(store.adapter, async (record, { signal }) => {
    if (textOf(record) !== '3') return
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  })
  await until(async () => (await store.adapter.lag('g', TOPIC)) === 7n)
  await pump.stop()
  expect(await store.adapter.lag('g', TOPIC)).toBe(7n)
  const again: string[] = []
  const second = await startPump(store.adapter, async (record) => void again.push(textOf(record)))
  await until(async () => (await store.adapter.lag('g', TOPIC)) === 0n)
  await second.stop()
  expect(again.toSorted()).toEqual(['3', '4', '5', '6', '7', '8', '9'])
})

test('poison goes to the dead letters with its reason and the rest is done: 100 good, 20 poison', async () => {
  await using store = await openBus()
  await publish(store.adapter, range(120))
  const done: string[] = []
  const pump = await startPump(store.adapter, async (record) => {
    const n = Number(textOf(record))
    if (n % 6 === 0) throw new PermanentFailure('MEDIA_UNREADABLE', `broken ${n}`)
    done.push(textOf(record))
  })
  await until(async () => (await store.adapter.lag('g', TOPIC)) === 0n)
  await pump.stop()
  expect(done).toHaveLength(100)
  const dead: BusRecord[] = []
  for await (const record of store.adapter.readAll(DEAD)) dead.push(record)
  expect(dead).toHaveLength(20)
  const six = dead.find((record) => textOf(record) === '6')
  expect(six?.headers).toMatchObject({
    h: '6',
    'x-error': 'MEDIA_UNREADABLE',
    'x-error-detail': 'broken 6',
    'x-attempts': '1',
    'x-original-topic': TOPIC,
    'x-original-key': 'k6',
    'x-original-partition': expect.stringMatching(/^\d+$/),
    'x-original-offset': expect.stringMatching(/^\d+$/),
  })
})

test('a transient failure is tried again until it passes, or dies at the limit', async () => {
  await using store = await openBus()
  await publish(store.adapter, ['passes', 'dies', 'waits'])
  const tries = new Map<string, number>()
  const pump = await startPump(store.adapter, async (record, { attempt }) => {
    const value = textOf(record)
    tries.set(value, attempt)
    if (value === 'passes' && attempt === 3) return
    if (value === 'waits' && attempt === 9) return
    throw new TransientFailure(value === 'waits' ? 'STORE_UNAVAILABLE' : 'LEASE_HELD', 'later')
  })
  await until(async () => (await store.adapter.lag('g', TOPIC)) === 0n)
  await pump.stop()
  expect(Object.fromEntries(tries)).toEqual({ passes: 3, dies: 3, waits: 9 })
  expect(await store.adapter.lag('nobody', DEAD)).toBe(1n)
})

test('a bug stops the pump loudly, aborts what is in flight and leaves the record uncommitted', async () => {
  await using store = await openBus()
  await publish(store.adapter, range(6), () => 'same')
  const aborted: string[] = []
  const pump = await startPump(store.adapter, async (record, { signal }) => {
    const value = textOf(record)
    if (value === '1') {
      await sleep(20)
      throw new TypeError('a bug')
    }
    if (value !== '4') return
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
    aborted.push(value)
  })
  await expect(pump.done).rejects.toThrow('a bug')
  expect(pump.bugs).toHaveLength(1)
  expect(aborted).toEqual(['4'])
  expect(await store.adapter.lag('g', TOPIC)).toBe(5n)
})

test('a stop lets a handler finish that ignores the signal, and commits it', async () => {
  await using store = await openBus()
  await publish(store.adapter, ['slow'])
  let begun = false
  const pump = await startPump(store.adapter, async () => {
    begun = true
    await sleep(80)
  })
  await until(() => begun)
  await pump.stop()
  expect(await store.adapter.lag('g', TOPIC)).toBe(0n)
})

test('records of a partition that went to another member are aborted here and done there', async () => {
  await using store = await openBus()
  await publish(store.adapter, range(40))
  const done = new Map<string, number>()
  let open = false
  const handle: PumpOptions['handle'] = async (record, { signal }) => {
    while (!open) {
      signal.throwIfAborted()
      await sleep(5)
    }
    done.set(textOf(record), (done.get(textOf(record)) ?? 0) + 1)
  }
  const first = await startPump(store.adapter, handle, { inFlight: 40 })
  await sleep(50)
  const second = await startPump(store.adapter, handle, { inFlight: 40 })
  await sleep(50)
  open = true
  await until(async () => (await store.adapter.lag('g', TOPIC)) === 0n)
  await first.stop()
  await second.stop()
  expect(done.size).toBe(40)
  expect([...done.values()].every((times) => times === 1)).toBe(true)
})

test('a full dead-letter store is waited out, not skipped', async () => {
  await using store = await openBus()
  await publish(store.adapter, ['x'])
  let tries = 0
  const bury = deadLetters({ bus: store.adapter, topic: DEAD })
  const pump = await startPump(
    store.adapter,
    async () => {
      throw new PermanentFailure('MEDIA_UNREADABLE', 'broken')
    },
    {
      onDead: async (record, death) => {
        tries += 1
        if (tries < 4) throw new TransientFailure('DISK_FULL', 'full')
        await bury(record, death)
      },
    },
  )
  await until(async () => (await store.adapter.lag('g', TOPIC)) === 0n)
  await pump.stop()
  expect(tries).toBe(4)
  expect(await store.adapter.lag('nobody', DEAD)).toBe(1n)
})
