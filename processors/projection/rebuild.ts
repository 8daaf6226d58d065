// Builds the views anew from all facts on the log; what is already there may stay, the writes are idempotent.
import type { Bus, BusRecord } from '#runtime/bus/bus.ts'
import type { RecordCodec } from '#runtime/bus/record-codec.ts'
import { failureKind } from '#runtime/failure.ts'
import type { Log } from '#runtime/log.ts'
import type { Views } from '#runtime/views/views.ts'
import type { Event } from '#schemas/events/event-types.ts'
import { applyFacts } from './apply-facts.ts'

/** Facts written together; a step of the rebuild between two chances to stop. */
const BATCH = 500

export interface RebuildOptions {
  readonly bus: Pick<Bus, 'readAll'>
  /** Those with the deletions first: what comes after is then skipped for deleted jobs. */
  readonly topics: readonly string[]
  readonly codec: Pick<RecordCodec<Event>, 'decode'>
  readonly views: Views
  readonly log: Log
  readonly signal: AbortSignal
}

/** Undefined for a record that cannot be read: the live consumer puts it on the dead letters. */
async function decoded(record: BusRecord, { codec, log }: RebuildOptions): Promise<Event | undefined> {
  try {
    return await codec.decode(record)
  } catch (error) {
    const failure = failureKind(error)
    if (failure.kind !== 'permanent') throw error
    log.warn(
      { code: failure.code, topic: record.topic, partition: record.partition, offset: String(record.offset) },
      'a record of the rebuild cannot be read',
    )
    return undefined
  }
}

/** The number of facts read. Rejects with the signal's reason when it aborts. */
export async function rebuildViews(options: RebuildOptions): Promise<number> {
  const { bus, topics, views, signal } = options
  const deleted = new Set<string>()
  let count = 0
  let batch: Event[] = []
  const write = async () => {
    signal.throwIfAborted()
    for (const jobId of await applyFacts(views, batch)) deleted.add(jobId)
    batch = []
  }
  for (const topic of topics) {
    for await (const record of bus.readAll(topic)) {
      const event = await decoded(record, options)
      count += 1
      if (event !== undefined && !deleted.has(event.job_id)) batch.push(event)
      if (batch.length === BATCH) await write()
    }
    await write()
  }
  return count
}
