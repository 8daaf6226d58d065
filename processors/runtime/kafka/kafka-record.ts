// Reads kafkajs's messages as our records.
import type { IHeaders, KafkaMessage } from 'kafkajs'
import type { BusRecord } from '../bus/bus.ts'

const headerText = (value: IHeaders[string]): string =>
  Array.isArray(value) ? headerText(value.at(-1)) : (value?.toString() ?? '')

/** Of a header that is there several times the last one counts. A record without key or value has an empty one. */
export const busRecord = (topic: string, partition: number, message: KafkaMessage): BusRecord => ({
  topic,
  partition,
  offset: BigInt(message.offset),
  key: message.key?.toString() ?? '',
  value: message.value ?? new Uint8Array(),
  headers: Object.fromEntries(
    Object.entries(message.headers ?? {}).map(([name, value]) => [name, headerText(value)]),
  ),
  timestampMs: Number(message.timestamp),
})
