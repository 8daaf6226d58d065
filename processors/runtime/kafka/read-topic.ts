// Reads a topic from its beginning to its present end, through a group of its own that is gone afterwards.
import { randomUUID } from 'node:crypto'
import type { Admin } from 'kafkajs'
import type { BusConsumer, BusRecord } from '../bus/bus.ts'

const PAGE = 2_000
const WAIT_MS = 1_000

interface Ports {
  readonly admin: () => Promise<Admin>
  readonly join: (group: string, topic: string) => Promise<BusConsumer>
}

/** Offsets still to come, per partition: from the first that is there up to the end at the time of the call. */
async function spans(admin: Admin, topic: string): Promise<Map<number, bigint>> {
  const ends = await admin.fetchTopicOffsets(topic)
  return new Map(
    ends
      .filter(({ low, high }) => BigInt(high) > BigInt(low))
      .map(({ partition, high }) => [partition, BigInt(high)]),
  )
}

export async function* readTopic(ports: Ports, topic: string): AsyncIterable<BusRecord> {
  const admin = await ports.admin()
  const open = await spans(admin, topic)
  if (open.size === 0) return
  const group = `syntonym.read.${randomUUID()}`
  const signal = new AbortController().signal
  {
    await using reader = await ports.join(group, topic)
    while (open.size > 0)
      for (const record of await reader.poll({ limit: PAGE, waitMs: WAIT_MS, signal })) {
        const end = open.get(record.partition)
        if (end === undefined || record.offset >= end) continue
        yield record
        if (record.offset + 1n >= end) open.delete(record.partition)
      }
  }
  // Left behind it would be forgotten with its offsets after a week.
  await admin.deleteGroups([group]).catch(() => undefined)
}
