// Puts records that failed for good on the dead-letter topic, untouched, with where they came from and why.
import type { Bus, BusRecord } from '../bus/bus.ts'
import type { Death } from './pump.ts'

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
