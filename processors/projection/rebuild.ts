// Builds the views, and where they are lost the decisions too, anew from all facts on the log.
import type { Bus, BusRecord } from '#runtime/bus/bus.ts'
import type { RecordCodec } from '#runtime/bus/record-codec.ts'
import { failureKind } from '#runtime/failure.ts'
import type { Log } from '#runtime/log.ts'
import type { DecisionsBuild } from '#runtime/state/store-builds.ts'
import type { Views } from '#runtime/views/views.ts'
import type { Event } from '#schemas/events/event-types.ts'
import { CREDITS, JOBS, OUTCOMES } from '#schemas/topics.ts'
import { applyFacts } from './apply-facts.ts'
import { decisionRebuild, type RebuiltStep } from './pure/rebuilt-decisions.ts'

/** Facts written together; a step of the rebuild between two chances to stop. */
const BATCH = 500
/** More grants of a lease than ever happen without a fact that tells of one. */
const TOKEN_MARGIN = 1_000_000

export interface RebuildOptions {
  readonly bus: Pick<Bus, 'readAll'>
  readonly codec: Pick<RecordCodec<Event>, 'decode'>
  /** What is already there may stay: the writes are idempotent. */
  readonly views: Views
  /** Undefined where the decisions are still there. */
  readonly decisions?: Pick<DecisionsBuild, 'write' | 'beginTokensAbove'> | undefined
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

async function* inBatches<T>(items: AsyncIterable<T> | Iterable<T>): AsyncGenerator<T[]> {
  let batch: T[] = []
  for await (const item of items) {
    batch.push(item)
    if (batch.length < BATCH) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

/** The number of facts read. Rejects with the signal's reason when it aborts. */
export async function rebuildFromFacts(options: RebuildOptions): Promise<number> {
  const { bus, views, decisions, signal } = options
  const rebuilt = decisionRebuild()
  const deleted = new Set<string>()
  let count = 0

  async function* factsOf(topic: string): AsyncGenerator<Event> {
    for await (const record of bus.readAll(topic)) {
      count += 1
      const event = await decoded(record, options)
      if (event !== undefined) yield event
    }
  }
  async function replay(topic: string, stepsOf: (event: Event) => RebuiltStep[]): Promise<void> {
    for await (const facts of inBatches(factsOf(topic))) {
      signal.throwIfAborted()
      if (decisions !== undefined) await decisions.write(facts.flatMap(stepsOf))
      const alive = facts.filter((fact) => !deleted.has(fact.job_id))
      for (const jobId of await applyFacts(views, alive)) deleted.add(jobId)
    }
  }
  if (decisions !== undefined) await replay(CREDITS.name, rebuilt.ofJobs)
  // The deletions come first: what the outcomes tell of deleted jobs is then left out of the views.
  await replay(JOBS.name, rebuilt.ofJobs)
  if (decisions !== undefined)
    for await (const steps of inBatches(rebuilt.endOfJobs())) await decisions.write(steps)
  await replay(OUTCOMES.name, rebuilt.ofOutcomes)
  await decisions?.beginTokensAbove(rebuilt.highestToken() + count + TOKEN_MARGIN)
  return count
}
