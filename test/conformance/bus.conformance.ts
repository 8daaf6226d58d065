// The sentences that every bus keeps, whatever it is made of.
import { describe, expect, test } from 'vitest'
import type { Bus, BusConsumer, BusMessage, BusRecord } from '#runtime/bus/bus.ts'
import type { Factory } from './reopenable.ts'
import { uniqueName } from './unique-name.ts'

const never = new AbortController().signal
const text = (record: { value: Uint8Array }) => Buffer.from(record.value).toString()

const message = (topic: string, key: string, value: string, headers = {}): BusMessage => ({
  topic,
  key,
  value: Buffer.from(value),
  headers,
})

async function topicOn(bus: Bus, partitions = 4): Promise<string> {
  const topic = uniqueName('bus')
  await bus.ensureTopics([{ name: topic, partitions, retention: 'forever' }])
  return topic
}

/** Polls until `count` records came, or nothing came for `quietMs`. */
async function take(consumer: BusConsumer, count: number, quietMs = 8_000): Promise<BusRecord[]> {
  const taken: BusRecord[] = []
  while (taken.length < count) {
    const more = await consumer.poll({ limit: count - taken.length, waitMs: quietMs, signal: never })
    if (more.length === 0) break
    taken.push(...more)
  }
  return taken
}

const commitAll = async (consumer: BusConsumer, records: readonly BusRecord[]) => {
  for (const r of records) await consumer.commit(r.topic, r.partition, r.offset + 1n)
}

export function busConformance(name: string, factory: Factory<Bus>): void {
  describe(`bus: ${name}`, () => {
    test('a record comes back as it was published, with a time', async () => {
      await using store = await factory()
      const topic = await topicOn(store.adapter)
      const headers = { ce_type: 'Zürich 車', traceparent: '00-ab-cd-01' }
      await store.adapter.publish([message(topic, 'schlüssel-車', 'wert', headers)])
      await using consumer = await store.adapter.join({
        group: uniqueName('g'),
        topics: [topic],
        from: 'earliest',
      })
      const [record] = await take(consumer, 1)
      expect(record).toMatchObject({ topic, key: 'schlüssel-車', headers })
      expect(record && text(record)).toBe('wert')
      expect(Math.abs((record?.timestampMs ?? 0) - Date.now())).toBeLessThan(60_000)
    })

    test('records of one key keep their order', async () => {
      await using store = await factory()
      const topic = await topicOn(store.adapter)
      const sent = Array.from({ length: 200 }, (_, i) => message(topic, `k${i % 7}`, String(i)))
      for (let i = 0; i < sent.length; i += 20) await store.adapter.publish(sent.slice(i, i + 20))
      await using consumer = await store.adapter.join({
        group: uniqueName('g'),
        topics: [topic],
        from: 'earliest',
      })
      const got = await take(consumer, 200)
      for (let k = 0; k < 7; k += 1) {
        const values = got.filter((r) => r.key === `k${k}`).map((r) => Number(text(r)))
        expect(values).toEqual(values.toSorted((a, b) => a - b))
      }
      expect(new Set(got.map(text)).size).toBe(200)
    })

    test('a topic that was never made takes no records', async () => {
      await using store = await factory()
      await expect(store.adapter.publish([message(uniqueName('none'), 'k', 'v')])).rejects.toThrow()
    })

    test('making a topic again changes neither its partitions nor its records', async () => {
      await using store = await factory()
      const topic = await topicOn(store.adapter, 3)
      await store.adapter.publish([message(topic, 'a', '1')])
      await store.adapter.ensureTopics([{ name: topic, partitions: 9, retention: 'forever' }])
      const keys = Array.from({ length: 60 }, (_, i) => message(topic, `k${i}`, 'x'))
      await store.adapter.publish(keys)
      await using consumer = await store.adapter.join({
        group: uniqueName('g'),
        topics: [topic],
        from: 'earliest',
      })
      const got = await take(consumer, 61)
      expect(got).toHaveLength(61)
      expect(new Set(got.map((r) => r.partition)).size).toBeLessThanOrEqual(3)
    })

    test('every group sees every record', async () => {
      await using store = await factory()
      const topic = await topicOn(store.adapter)
      await using one = await store.adapter.join({
        group: uniqueName('g'),
        topics: [topic],
        from: 'earliest',
      })
      await using two = await store.adapter.join({
        group: uniqueName('g'),
        topics: [topic],
        from: 'earliest',
      })
      await store.adapter.publish(Array.from({ length: 10 }, (_, i) => message(topic, `k${i}`, `${i}`)))
      expect(await take(one, 10)).toHaveLength(10)
      expect(await take(two, 10)).toHaveLength(10)
    })

    test('within a group a record goes to one member', async () => {
      await using store = await factory()
      const topic = await topicOn(store.adapter, 8)
      const group = uniqueName('g')
      await using one = await store.adapter.join({ group, topics: [topic], from: 'earliest' })
      await using two = await store.adapter.join({ group, topics: [topic], from: 'earliest' })
      await Promise.all([one, two].map((c) => c.poll({ limit: 1, waitMs: 100, signal: never })))
      await store.adapter.publish(Array.from({ length: 100 }, (_, i) => message(topic, `key-${i}`, `${i}`)))
      const all: string[][] = [[], []]
      for (let quiet = 0; quiet < 3 && all.flat().length < 100; )
        for (const [i, consumer] of [one, two].entries()) {
          const got = await consumer.poll({ limit: 100, waitMs: 300, signal: never })
          quiet = got.length > 0 ? 0 : quiet + 1
          all[i]?.push(...got.map(text))
        }
      expect(all.flat()).toHaveLength(100)
      expect(new Set(all.flat()).size).toBe(100)
      expect(all.every((part) => part.length > 0)).toBe(true)
    })

    test('a member that leaves hands its uncommitted records to the others', async () => {
      await using store = await factory()
      const topic = await topicOn(store.adapter)
      const group = uniqueName('g')
      await store.adapter.publish(Array.from({ length: 20 }, (_, i) => message(topic, `k${i}`, `${i}`)))
      const leaver = await store.adapter.join({ group, topics: [topic], from: 'earliest' })
      expect(await take(leaver, 20)).toHaveLength(20)
      await leaver[Symbol.asyncDispose]()
      await using stayer = await store.adapter.join({ group, topics: [topic], from: 'earliest' })
      expect(await take(stayer, 20)).toHaveLength(20)
    })

    test('a member is told which partitions another one took', async () => {
      await using store = await factory()
      const topic = await topicOn(store.adapter, 4)
      const group = uniqueName('g')
      await using first = await store.adapter.join({ group, topics: [topic], from: 'earliest' })
      const revoked: string[] = []
      first.onRevoked((t, partition) => revoked.push(`${t}/${partition}`))
      await first.poll({ limit: 1, waitMs: 50, signal: never })
      await using second = await store.adapter.join({ group, topics: [topic], from: 'earliest' })
      for (let i = 0; i < 40 && revoked.length === 0; i += 1)
        await Promise.all([first, second].map((c) => c.poll({ limit: 1, waitMs: 200, signal: never })))
      expect(revoked.length).toBeGreaterThan(0)
      expect(revoked.every((place) => place.startsWith(topic))).toBe(true)
    })

    test('a record that was handed out is not handed out again by the same member', async () => {
      await using store = await factory()
      const topic = await topicOn(store.adapter)
      await store.adapter.publish([message(topic, 'k', '1')])
      await using consumer = await store.adapter.join({
        group: uniqueName('g'),
        topics: [topic],
        from: 'earliest',
      })
      expect(await take(consumer, 1)).toHaveLength(1)
      expect(await consumer.poll({ limit: 1, waitMs: 300, signal: never })).toEqual([])
    })

    test('after a restart uncommitted records come again and committed ones do not', async () => {
      await using store = await factory()
      const topic = await topicOn(store.adapter, 1)
      const group = uniqueName('g')
      await store.adapter.publish(['a', 'b', 'c', 'd'].map((v) => message(topic, 'k', v)))
      const before = await store.adapter.join({ group, topics: [topic], from: 'earliest' })
      const got = await take(before, 4)
      await commitAll(before, got.slice(0, 2))
      await before[Symbol.asyncDispose]()
      const bus = await store.reopen()
      await using after = await bus.join({ group, topics: [topic], from: 'earliest' })
      expect((await take(after, 2)).map(text)).toEqual(['c', 'd'])
    })

    test('a group that begins at the latest record misses the earlier ones and none of those after', async () => {
      await using store = await factory()
      const topic = await topicOn(store.adapter)
      const group = uniqueName('g')
      await store.adapter.publish([message(topic, 'k', 'before')])
      const first = await store.adapter.join({ group, topics: [topic], from: 'latest' })
      expect(await first.poll({ limit: 5, waitMs: 300, signal: never })).toEqual([])
      await store.adapter.publish([message(topic, 'k', 'during')])
      expect((await take(first, 1)).map(text)).toEqual(['during'])
    })

    test('an empty poll answers after its wait, and at once when its signal aborts', async () => {
      await using store = await factory()
      const topic = await topicOn(store.adapter)
      await using consumer = await store.adapter.join({
        group: uniqueName('g'),
        topics: [topic],
        from: 'earliest',
      })
      await consumer.poll({ limit: 1, waitMs: 50, signal: never })
      const started = performance.now()
      expect(await consumer.poll({ limit: 1, waitMs: 200, signal: never })).toEqual([])
      expect(performance.now() - started).toBeGreaterThan(150)
      const stop = new AbortController()
      setTimeout(() => stop.abort(), 50)
      const aborted = performance.now()
      expect(await consumer.poll({ limit: 1, waitMs: 30_000, signal: stop.signal })).toEqual([])
      expect(performance.now() - aborted).toBeLessThan(5_000)
    })

    test('a waiting member gets a record soon after it was published', async () => {
      await using store = await factory()
      const topic = await topicOn(store.adapter)
      await using consumer = await store.adapter.join({
        group: uniqueName('g'),
        topics: [topic],
        from: 'earliest',
      })
      await consumer.poll({ limit: 1, waitMs: 50, signal: never })
      const waiting = consumer.poll({ limit: 1, waitMs: 10_000, signal: never })
      const started = performance.now()
      await store.adapter.publish([message(topic, 'k', 'v')])
      expect(await waiting).toHaveLength(1)
      expect(performance.now() - started).toBeLessThan(2_000)
    })

    test('a busy key does not keep the records of others waiting', async () => {
      await using store = await factory()
      const topic = await topicOn(store.adapter, 16)
      await store.adapter.publish(Array.from({ length: 500 }, () => message(topic, 'busy', 'x')))
      await store.adapter.publish(Array.from({ length: 30 }, (_, i) => message(topic, `calm-${i}`, 'y')))
      await using consumer = await store.adapter.join({
        group: uniqueName('g'),
        topics: [topic],
        from: 'earliest',
      })
      const got = await take(consumer, 200)
      expect(got.filter((r) => r.key !== 'busy').length).toBeGreaterThan(5)
    })

    test('the lag counts what is not committed', async () => {
      await using store = await factory()
      const topic = await topicOn(store.adapter)
      const group = uniqueName('g')
      await using consumer = await store.adapter.join({ group, topics: [topic], from: 'earliest' })
      await store.adapter.publish(Array.from({ length: 9 }, (_, i) => message(topic, `k${i}`, 'v')))
      expect(await store.adapter.lag(group, topic)).toBe(9n)
      await commitAll(consumer, await take(consumer, 9))
      expect(await store.adapter.lag(group, topic)).toBe(0n)
    })

    test('reading all gives every record up to the present end, per key in order', async () => {
      await using store = await factory()
      const topic = await topicOn(store.adapter)
      const sent = Array.from({ length: 1_200 }, (_, i) => message(topic, `k${i % 5}`, String(i)))
      await store.adapter.publish(sent)
      const got: BusRecord[] = []
      for await (const record of store.adapter.readAll(topic)) got.push(record)
      expect(got.map(text).toSorted()).toEqual(sent.map(text).toSorted())
      const first = got.filter((r) => r.key === 'k0').map((r) => Number(text(r)))
      expect(first).toEqual(first.toSorted((a, b) => a - b))
    })
  })
}
