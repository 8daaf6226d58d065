// Reads every record of a topic with clients of its own, so that no reader of ours is believed.
import { randomUUID } from 'node:crypto'
import { SchemaRegistry } from '@kafkajs/confluent-schema-registry'
import { Kafka, logLevel } from 'kafkajs'

/** One record as any consumer at the site would see it. */
export interface ReadFact {
  readonly id: string
  readonly type: string
  readonly accountId: string
  readonly jobId: string
  readonly partition: number
  readonly offset: number
  // biome-ignore lint/suspicious/noExplicitAny: whatever the registry's schema says; the checker asserts on it
  readonly data: any
}

interface Addresses {
  readonly brokers: readonly string[]
  readonly registryUrl: string
}

const SILENT_MS = 90_000

export async function countRecords(brokers: readonly string[], topic: string): Promise<number> {
  const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    const ends = await admin.fetchTopicOffsets(topic)
    return ends.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0)
  } finally {
    await admin.disconnect()
  }
}

/** From the first record to the present end, in the order of each partition. */
export async function readFacts(at: Addresses, topic: string): Promise<readonly ReadFact[]> {
  const kafka = new Kafka({ brokers: [...at.brokers], logLevel: logLevel.NOTHING })
  const registry = new SchemaRegistry({ host: at.registryUrl })
  const total = await countRecords(at.brokers, topic)
  const facts: ReadFact[] = []
  const done = Promise.withResolvers<void>()
  const late = setTimeout(() => done.reject(new Error(`${topic}: ${facts.length} of ${total}`)), SILENT_MS)
  const consumer = kafka.consumer({ groupId: `checker-${randomUUID()}` })
  await consumer.connect()
  try {
    if (total === 0) return facts
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ partition, message }) => {
        const type = message.headers?.ce_type?.toString() ?? ''
        const event = await registry.decode(message.value ?? Buffer.alloc(0))
        facts.push({
          id: event.event_id,
          type,
          accountId: event.account_id,
          jobId: event.job_id,
          partition,
          offset: Number(message.offset),
          // A topic of one type has no branch around it.
          data: event.data[`syntonym.v1.${type}`] ?? event.data,
        })
        if (facts.length >= total) done.resolve()
      },
    })
    await done.promise
    return facts
  } finally {
    clearTimeout(late)
    await consumer.disconnect()
  }
}
