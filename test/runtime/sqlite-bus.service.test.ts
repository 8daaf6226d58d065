import { expect, test } from 'vitest'
import type { Bus, BusRecord } from '#runtime/bus/bus.ts'
import { frame, unframe } from '#runtime/bus/pure/confluent-frame.ts'
import type { Clock } from '#runtime/clock.ts'
import { openSqliteBus } from '#runtime/sqlite/sqlite-bus.ts'
import { onLocalDatabase, realClock } from '../conformance/local-adapters.ts'

const never = new AbortController().signal
const openBus = (clock: Clock = realClock) =>
  onLocalDatabase((database) => openSqliteBus({ database, clock }))
const record = (topic: string, key: string) => ({ topic, key, value: Buffer.from(key), headers: {} })
const allOf = async (bus: Bus, topic: string) => {
  const records: BusRecord[] = []
  for await (const one of bus.readAll(topic)) records.push(one)
  return records
}

test('one poll takes from every partition that has something, an even share of each', async () => {
  await using store = await openBus()
  const bus = store.adapter
  await bus.ensureTopics([{ name: 't', partitions: 8, retention: 'forever' }])
  await bus.publish(Array.from({ length: 800 }, (_, i) => record('t', `k${i}`)))
  await using consumer = await bus.join({ group: 'g', topics: ['t'], from: 'earliest' })
  const got = await consumer.poll({ limit: 16, waitMs: 100, signal: never })
  const counts = Map.groupBy(got, (r) => r.partition)
  expect([...counts.values()].map((part) => part.length)).toEqual([2, 2, 2, 2, 2, 2, 2, 2])
})

test('records older than their topic keeps them go, the others and their offsets stay', async () => {
  let now = Date.now()
  await using store = await openBus({ now: () => now })
  const bus = store.adapter
  const plans = [
    { name: 'kept', partitions: 1, retention: 'forever' as const },
    { name: 'short', partitions: 2, retention: { days: 30 } },
  ]
  await bus.ensureTopics(plans)
  await bus.publish([record('kept', 'old'), record('short', 'old'), record('short', 'older')])
  now += 31 * 86_400_000
  await bus.publish([record('short', 'new')])
  await bus.ensureTopics(plans)
  expect((await allOf(bus, 'short')).map((r) => r.key)).toEqual(['new'])
  expect(await allOf(bus, 'kept')).toHaveLength(1)
  expect(await bus.lag('g', 'short')).toBe(1n)
  await using consumer = await bus.join({ group: 'g', topics: ['short'], from: 'earliest' })
  expect(await consumer.poll({ limit: 9, waitMs: 50, signal: never })).toHaveLength(1)
  now += 31 * 86_400_000
  await bus.ensureTopics(plans)
  await bus.publish([record('short', 'new')])
  const [last] = await allOf(bus, 'short')
  expect(last?.offset).toBeGreaterThan(0n)
})

test('a commit never moves a group back, and none counts from a member that lost the partition', async () => {
  await using store = await openBus()
  const bus = store.adapter
  await bus.ensureTopics([{ name: 't', partitions: 1, retention: 'forever' }])
  await bus.publish(Array.from({ length: 5 }, () => record('t', 'k')))
  const consumer = await bus.join({ group: 'g', topics: ['t'], from: 'earliest' })
  await consumer.commit('t', 0, 4n)
  await consumer.commit('t', 0, 2n)
  expect(await bus.lag('g', 't')).toBe(1n)
  await consumer[Symbol.asyncDispose]()
  await consumer.commit('t', 0, 5n)
  expect(await bus.lag('g', 't')).toBe(1n)
})

test('a frame is read where it lies, also in the middle of a larger buffer', () => {
  const framed = frame(70_000, Uint8Array.of(1, 2))
  const larger = Uint8Array.from([9, 9, 9, ...framed, 9])
  expect(unframe(larger.subarray(3, 3 + framed.length))).toEqual({
    verdict: 'framed',
    schemaId: 70_000,
    body: Uint8Array.of(1, 2),
  })
})
