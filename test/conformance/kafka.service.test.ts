// Runs the conformance suites on real Kafka and a real registry, and says what only Kafka can break.
import { expect, test, vi } from 'vitest'
import type { Bus, BusMessage } from '#runtime/bus/bus.ts'
import { ConfigurationError } from '#runtime/configuration-error.ts'
import { openConfluentSchemaRegistry } from '#runtime/kafka/confluent-schema-registry.ts'
import { type KafkaBus, openKafkaBus } from '#runtime/kafka/kafka-bus.ts'
import { keptLog } from '#test/runtime/silent.ts'
import { withServices } from '#test/services/with-services.ts'
import { busConformance } from './bus.conformance.ts'
import { schemaRegistryConformance } from './schema-registry.conformance.ts'
import { uniqueName } from './unique-name.ts'

const never = new AbortController().signal
const message = (topic: string, key: string, value: string): BusMessage => ({
  topic,
  key,
  value: Buffer.from(value),
  headers: {},
})

await withServices(['kafka', 'registry'], ({ kafka, registry }) => {
  const open = (): KafkaBus =>
    openKafkaBus({
      brokers: kafka.addresses.brokers,
      clientId: 'conformance',
      log: keptLog(),
      sessionTimeoutMs: 10_000,
    })
  const openRegistry = () =>
    openConfluentSchemaRegistry({ url: registry.addresses.url, clientId: 'conformance' })

  busConformance('Kafka', async () => {
    const opened: Bus[] = [open()]
    return {
      adapter: opened[0] as Bus,
      async reopen() {
        await opened[0]?.[Symbol.asyncDispose]()
        opened.unshift(open())
        return opened[0] as Bus
      },
      [Symbol.asyncDispose]: async () => void (await opened[0]?.[Symbol.asyncDispose]()),
    }
  })
  schemaRegistryConformance('Apicurio', async () => ({
    adapter: openRegistry(),
    reopen: async () => openRegistry(),
    [Symbol.asyncDispose]: async () => {},
  }))

  test('a topic gets its retention and its partitions, and a second run changes nothing', async () => {
    await using bus = open()
    const [forever, month] = [uniqueName('forever'), uniqueName('month')]
    const plans = [
      { name: forever, partitions: 3, retention: 'forever' as const },
      { name: month, partitions: 2, retention: { days: 30 } },
    ]
    expect(await bus.createTopics(plans)).toEqual([
      { topic: forever, state: 'created' },
      { topic: month, state: 'created' },
    ])
    const again = await bus.createTopics(plans.map((plan) => ({ ...plan, partitions: 5 })))
    expect(again).toEqual([
      { topic: forever, state: 'other-partitions', partitions: 3, planned: 5 },
      { topic: month, state: 'other-partitions', partitions: 2, planned: 5 },
    ])
  })

  test('a topic that nobody created is named, with the command that creates it', async () => {
    await using bus = open()
    const topic = uniqueName('none')
    const publishing = bus.publish([message(topic, 'k', 'v')])
    await expect(publishing).rejects.toBeInstanceOf(ConfigurationError)
    await expect(publishing).rejects.toThrow(`${topic} was never created: run "syntonym topics create"`)
    await expect(bus.join({ group: uniqueName('g'), topics: [topic], from: 'earliest' })).rejects.toThrow(
      /never created/,
    )
  })

  test('a member that stays keeps its records in work over a rebalance, and nobody gets them twice', async () => {
    await using bus = open()
    const topic = uniqueName('sticky')
    await bus.ensureTopics([{ name: topic, partitions: 8, retention: 'forever' }])
    await bus.publish(Array.from({ length: 80 }, (_, i) => message(topic, `key-${i}`, String(i))))
    const group = uniqueName('g')
    await using stays = await bus.join({ group, topics: [topic], from: 'earliest' })
    const lost = new Set<number>()
    stays.onRevoked((_, partition) => lost.add(partition))
    const first: { partition: number; text: string }[] = []
    while (first.length < 80)
      for (const r of await stays.poll({ limit: 80, waitMs: 10_000, signal: never }))
        first.push({ partition: r.partition, text: Buffer.from(r.value).toString() })
    await using comes = await bus.join({ group, topics: [topic], from: 'earliest' })
    // The newcomer may hear of its share a moment before the other hears of its loss.
    await vi.waitFor(() => expect(lost.size).toBe(4), { timeout: 20_000 })
    const expected = first.filter(({ partition }) => lost.has(partition)).map(({ text }) => text)
    const got: string[] = []
    while (got.length < expected.length) {
      const more = await comes.poll({ limit: 80, waitMs: 10_000, signal: never })
      if (more.length === 0) break
      got.push(...more.map((r) => Buffer.from(r.value).toString()))
    }
    expect(got.toSorted()).toEqual(expected.toSorted())
    expect(await stays.poll({ limit: 80, waitMs: 1_500, signal: never })).toEqual([])
  })

  test('a member that nobody polls stays in its group, and takes in only so much', async () => {
    await using bus = open()
    const topic = uniqueName('slow')
    await bus.ensureTopics([{ name: topic, partitions: 1, retention: 'forever' }])
    const group = uniqueName('g')
    await using slow = await bus.join({ group, topics: [topic], from: 'earliest' })
    let lost = 0
    slow.onRevoked(() => {
      lost += 1
    })
    await bus.publish(Array.from({ length: 3_000 }, (_, i) => message(topic, 'k', String(i))))
    expect(await slow.poll({ limit: 1, waitMs: 20_000, signal: never })).toHaveLength(1)
    // Longer than a session: only heartbeats keep it in.
    await new Promise((resolve) => setTimeout(resolve, 12_000))
    expect(lost).toBe(0)
    const rest: string[] = []
    while (rest.length < 2_999) {
      const more = await slow.poll({ limit: 500, waitMs: 20_000, signal: never })
      if (more.length === 0) break
      rest.push(...more.map((r) => Buffer.from(r.value).toString()))
    }
    expect(rest).toEqual(Array.from({ length: 2_999 }, (_, i) => String(i + 1)))
  })

  test('many who publish at once lose nothing and keep the order of their keys', async () => {
    await using bus = open()
    const topic = uniqueName('crowd')
    await bus.ensureTopics([{ name: topic, partitions: 4, retention: 'forever' }])
    const writers = Array.from({ length: 20 }, async (_, w) => {
      for (let i = 0; i < 30; i += 1) await bus.publish([message(topic, `w${w}`, String(i))])
    })
    await Promise.all(writers)
    const got = new Map<string, string[]>()
    for await (const r of bus.readAll(topic))
      got.set(r.key, [...(got.get(r.key) ?? []), Buffer.from(r.value).toString()])
    expect(got.size).toBe(20)
    for (const values of got.values()) expect(values).toEqual(Array.from({ length: 30 }, (_, i) => String(i)))
  })

  test('a schema that cannot read what was written is refused by name', async () => {
    const client = openRegistry()
    const subject = `${uniqueName('refused')}-value`
    const record = (fields: object[]) => JSON.stringify({ type: 'record', name: 'R', fields })
    await client.register(subject, record([{ name: 'a', type: 'string' }]))
    const refused = client.register(subject, record([{ name: 'b', type: 'string' }]))
    await expect(refused).rejects.toBeInstanceOf(ConfigurationError)
    await expect(refused).rejects.toThrow(subject)
  })
})
