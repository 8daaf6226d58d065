// Puts records that failed for good on the dead-letter topic, untouched, with where they came from and why; and reads them back.
import type { Bus, BusMessage, BusRecord } from '../bus/bus.ts'
import type { Death } from './pump.ts'

/** Headers that a dead letter has besides the record's own. */
const OURS = [
  'x-error',
  'x-error-detail',
  'x-attempts',
  'x-original-topic',
  'x-original-partition',
  'x-original-offset',
  'x-original-key',
] as const
const REPLAYED_FROM = 'x-replayed-from'

export interface DeadLetter {
  /** `<partition>-<offset>` on the dead-letter topic. */
  readonly id: string
  readonly code: string
  readonly detail: string
  readonly attempts: number
  readonly topic: string
  readonly partition: number
  readonly offset: string
  readonly key: string
  /** Milliseconds since 1970, UTC. */
  readonly diedAtMs: number
}

/** An `onDead` for the pump. Header values are text; the record's own headers go along. */
export const deadLetters =
  (options: { bus: Pick<Bus, 'publish'>; topic: string }) =>
  async (record: BusRecord, death: Death): Promise<void> => {
    await options.bus.publish([
      {
        topic: options.topic,
        key: `${record.topic}/${record.key}`,
        value: record.value,
        headers: {
          ...record.headers,
          'x-error': death.code,
          'x-error-detail': death.detail,
          'x-attempts': String(death.attempts),
          'x-original-topic': record.topic,
          'x-original-partition': String(record.partition),
          'x-original-offset': String(record.offset),
          'x-original-key': record.key,
        },
      },
    ])
  }

/** What a record of the dead-letter topic says of itself. */
export function readDeadLetter({ partition, offset, headers, timestampMs }: BusRecord): DeadLetter {
  return {
    id: `${partition}-${offset}`,
    code: headers['x-error'] ?? 'UNKNOWN',
    detail: headers['x-error-detail'] ?? '',
    attempts: Number(headers['x-attempts'] ?? 0),
    topic: headers['x-original-topic'] ?? '',
    partition: Number(headers['x-original-partition'] ?? -1),
    offset: headers['x-original-offset'] ?? '',
    key: headers['x-original-key'] ?? '',
    diedAtMs: timestampMs,
  }
}

/** The record as it was, to be published where it came from; undefined when the letter does not say where that was. */
export function originalOf(record: BusRecord): BusMessage | undefined {
  const topic = record.headers['x-original-topic']
  const key = record.headers['x-original-key']
  if (!topic || key === undefined) return undefined
  const own = Object.entries(record.headers).filter(([name]) => !(OURS as readonly string[]).includes(name))
  const headers = { ...Object.fromEntries(own), [REPLAYED_FROM]: `${record.partition}-${record.offset}` }
  return { topic, key, value: record.value, headers }
}
