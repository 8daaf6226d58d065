// The statements of the SQLite log: topics, records and committed offsets, in rows.
import type { SQLOutputValue } from 'node:sqlite'
import type { BusMessage, BusRecord, TopicPlan } from '../bus/bus.ts'
import type { LocalDatabase } from './local-database.ts'
import { partitionOfKey } from './pure/partition-of-key.ts'

export interface TopicRow {
  readonly id: number
  readonly name: string
  readonly partitions: number
  readonly retentionDays: number | null
}
/** A place in the log that is written; the next record of the partition gets `nextOffset`. */
export interface PartitionEnd {
  readonly topic: TopicRow
  readonly partition: number
  readonly nextOffset: number
}
export interface Span {
  readonly topic: TopicRow
  readonly partition: number
  readonly from: number
  /** Exclusive. */
  readonly until: number
}

const DAY_MS = 86_400_000

export type SqliteLog = ReturnType<typeof sqliteLog>

/** `append`, `addTopic`, `saveOffset` and `expire` belong inside `database.write`. */
export const sqliteLog = (database: LocalDatabase) => ({
  ...topicRows(database),
  ...recordRows(database),
  ...offsetRows(database),
})

function topicRows(database: LocalDatabase) {
  const byName = database.prepare(
    'SELECT id, name, partitions, retention_days AS retentionDays FROM topics WHERE name = ?',
  )
  const insert = database.prepare(
    'INSERT INTO topics (name, partitions, retention_days) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
  )
  return {
    topic(name: string): TopicRow | undefined {
      const row = byName.get(name)
      if (row === undefined) return undefined
      const days = row.retentionDays
      return {
        id: Number(row.id),
        name,
        partitions: Number(row.partitions),
        retentionDays: days === null ? null : Number(days),
      }
    },
    addTopic(plan: TopicPlan): void {
      insert.run(plan.name, plan.partitions, plan.retention === 'forever' ? null : plan.retention.days)
    },
  }
}

/** Where each partition ends. */
function endRows(database: LocalDatabase) {
  const select = database.prepare(
    'SELECT next_offset AS next FROM partitions WHERE topic_id = ? AND partition = ?',
  )
  const save = database.prepare(
    'INSERT INTO partitions VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET next_offset = excluded.next_offset',
  )
  return {
    end: (topic: TopicRow, partition: number): number => Number(select.get(topic.id, partition)?.next ?? 0),
    saveEnd: (at: PartitionEnd) => save.run(at.topic.id, at.partition, at.nextOffset),
  }
}

function recordRows(database: LocalDatabase) {
  const { end, saveEnd } = endRows(database)
  const insert = database.prepare('INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?)')
  const select = database.prepare(
    `SELECT offset, key, value, headers, timestamp_ms AS timestampMs FROM records
     WHERE topic_id = ? AND partition = ? AND offset >= ? AND offset < ? ORDER BY offset LIMIT ?`,
  )
  return {
    end,
    ...oldRecordRows(database, end),
    /** Appends in the order given; says where the touched partitions now end. */
    append(messages: readonly { topic: TopicRow; message: BusMessage }[], nowMs: number): PartitionEnd[] {
      const ends = new Map<string, PartitionEnd>()
      for (const { topic, message } of messages) {
        const partition = partitionOfKey(message.key, topic.partitions)
        const place = `${topic.id}/${partition}`
        const offset = ends.get(place)?.nextOffset ?? end(topic, partition)
        const headers = JSON.stringify(message.headers)
        insert.run(topic.id, partition, offset, message.key, message.value, headers, nowMs)
        ends.set(place, { topic, partition, nextOffset: offset + 1 })
      }
      for (const at of ends.values()) saveEnd(at)
      return [...ends.values()]
    },
    read: (span: Span, limit: number): BusRecord[] =>
      select
        .all(span.topic.id, span.partition, span.from, span.until, limit)
        .map((row) => asRecord(row, span)),
  }
}

const asRecord = (row: Record<string, SQLOutputValue>, { topic, partition }: Span): BusRecord => ({
  topic: topic.name,
  partition,
  offset: BigInt(Number(row.offset)),
  key: String(row.key),
  // Columns are declared BLOB and NOT NULL, and written by `append` only.
  value: row.value as Uint8Array,
  headers: JSON.parse(String(row.headers)) as Record<string, string>,
  timestampMs: Number(row.timestampMs),
})

function oldRecordRows(database: LocalDatabase, end: (topic: TopicRow, partition: number) => number) {
  const first = database.prepare(
    'SELECT offset FROM records WHERE topic_id = ? AND partition = ? ORDER BY offset LIMIT 1',
  )
  // Times grow with offsets, so the search for the first record to keep ends at it.
  const remove = database.prepare(
    `DELETE FROM records WHERE topic_id = ?1 AND partition = ?2 AND offset < coalesce(
       (SELECT offset FROM records WHERE topic_id = ?1 AND partition = ?2 AND timestamp_ms >= ?3
        ORDER BY offset LIMIT 1), ?4)`,
  )
  return {
    /** The oldest offset still kept; the end where nothing is kept. */
    start: (topic: TopicRow, partition: number): number =>
      Number(first.get(topic.id, partition)?.offset ?? end(topic, partition)),
    /** Removes records older than the topic keeps them. */
    expire(topic: TopicRow, nowMs: number): void {
      if (topic.retentionDays === null) return
      const before = nowMs - topic.retentionDays * DAY_MS
      for (let p = 0; p < topic.partitions; p += 1) remove.run(topic.id, p, before, end(topic, p))
    },
  }
}

function offsetRows(database: LocalDatabase) {
  const select = database.prepare(
    'SELECT next_offset AS next FROM offsets WHERE group_name = ? AND topic_id = ? AND partition = ?',
  )
  const save = database.prepare(
    `INSERT INTO offsets VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET next_offset = max(next_offset, excluded.next_offset)`,
  )
  return {
    offset(group: string, topic: TopicRow, partition: number): number | undefined {
      const next = select.get(group, topic.id, partition)?.next
      return next === undefined ? undefined : Number(next)
    },
    /** Never moves a group back. */
    saveOffset(group: string, topic: TopicRow, partition: number, nextOffset: number): void {
      save.run(group, topic.id, partition, nextOffset)
    },
  }
}
