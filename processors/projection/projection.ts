// Keeps the views up to date with the facts on the bus, and builds the store anew when it was lost.
import type { Bus, BusConsumer } from '#runtime/bus/bus.ts'
import { joinPatiently } from '#runtime/bus/join-patiently.ts'
import type { RecordCodec } from '#runtime/bus/record-codec.ts'
import type { Clock } from '#runtime/clock.ts'
import type { Log } from '#runtime/log.ts'
import { pause } from '#runtime/pause.ts'
import { deadLetters } from '#runtime/pump/dead-letters.ts'
import { type PumpMetrics, runPump } from '#runtime/pump/pump.ts'
import { retryTransient } from '#runtime/retry-transient.ts'
import type { StoreBuilds } from '#runtime/state/store-builds.ts'
import type { Views } from '#runtime/views/views.ts'
import type { Event } from '#schemas/events/event-types.ts'
import { DEAD_LETTERS, JOBS, OUTCOMES } from '#schemas/topics.ts'
import { buildStore, missingParts } from './build-store.ts'
import { countJobs, type JobCensus } from './count-jobs.ts'
import { foldTogether } from './fold-together.ts'

export interface ProjectionOptions {
  readonly bus: Bus
  readonly codec: Pick<RecordCodec<Event>, 'decode'>
  readonly views: Views
  /** Where the store can be lost and is built anew beside what is left; without it the views are built in place. */
  readonly builds?: StoreBuilds | undefined
  readonly clock: Clock
  readonly log: Log
  readonly metrics: PumpMetrics
  /** Told of each fact that was folded. */
  readonly onFact?: (fact: Event) => void
  /** Told every few seconds how many jobs and tasks are in which state; of undefined while that is not known. */
  readonly onCount?: (census: JobCensus | undefined) => void
  /** Aborting it stops the projection. */
  readonly signal: AbortSignal
  /** How often it is looked whether the store still has everything. */
  readonly checkEveryMs?: number
  /** How long what was on its way to the bus may still arrive there after the store was lost. */
  readonly arrivalMs?: number
}

export interface Projection extends AsyncDisposable {
  /** Resolves after a stop; rejects when the projection ended by a bug. */
  readonly done: Promise<void>
  /** Builds the views from all facts while the live ones go on; resolves with the number of facts. */
  rebuild(): Promise<number>
}

export const PROJECTION_GROUP = 'syntonym.projection'
const FACT_TOPICS = [JOBS.name, OUTCOMES.name]
/** Facts folded at once; their writes share transactions. */
const IN_FLIGHT = 512
const RETRY = { limit: 8, firstDelayMs: 100, maxDelayMs: 10_000 }
const CHECK_EVERY_MS = 5_000
const COUNT_EVERY_MS = 5_000
/** Rest after a count, in times of what it took. */
const COUNT_REST = 20
/** Views that are just being built are asked again soon. */
const UNKNOWN_MS = 500

/** Builds whatever the store does not have, until the signal aborts. */
async function keepBuilt(options: ProjectionOptions, rebuild: () => Promise<number>, signal: AbortSignal) {
  const { clock, log } = options
  while (!signal.aborted) {
    if ((await missingParts(options)).length > 0) {
      const startedMs = clock.now()
      const facts = await rebuild()
      log.info({ facts, seconds: (clock.now() - startedMs) / 1000 }, 'the store was built from the facts')
    }
    await pause(options.checkEveryMs ?? CHECK_EVERY_MS, signal)
  }
}

/** Counts jobs until the signal aborts; for a twentieth of the time at most, however many there are. */
async function keepCounted({ views, clock, onCount }: ProjectionOptions, signal: AbortSignal): Promise<void> {
  while (onCount !== undefined && !signal.aborted) {
    const startedMs = clock.now()
    const census = await countJobs(views, signal).catch((error: unknown) => {
      onCount(undefined)
      throw error
    })
    onCount(census)
    const rest = Math.max(COUNT_EVERY_MS, COUNT_REST * (clock.now() - startedMs))
    await pause(census === undefined ? UNKNOWN_MS : rest, signal)
  }
}

const foldLive = (options: ProjectionOptions, consumer: BusConsumer, signal: AbortSignal): Promise<void> => {
  const { bus, codec, views, clock, log, metrics } = options
  const fold = foldTogether(views)
  return runPump({
    consumer,
    handle: async (record) => {
      const fact = await codec.decode(record)
      await fold(fact)
      options.onFact?.(fact)
    },
    inFlight: IN_FLIGHT,
    retry: RETRY,
    onDead: deadLetters({ bus, topic: DEAD_LETTERS.name }),
    onBug: (_, error) => log.error({ error }, 'the projection met a bug and stops'),
    clock,
    log,
    metrics,
    signal,
  })
}

/** Resolves when the projection reads; missing views are then being built. Topics must exist. */
export async function startProjection(options: ProjectionOptions): Promise<Projection> {
  const { bus, log } = options
  const ended = new AbortController()
  const signal = AbortSignal.any([options.signal, ended.signal])
  const group = { group: PROJECTION_GROUP, topics: FACT_TOPICS, from: 'earliest' } as const
  const consumer = await joinPatiently(bus, group, { log, signal })
  const rebuild = () => buildStore(options, signal)
  const built = { what: 'building the views', retry: RETRY, log, signal }
  const keeping = retryTransient(() => keepBuilt(options, rebuild, signal), built)
  const counting = retryTransient(() => keepCounted(options, signal), { ...built, what: 'counting jobs' })
  const live = foldLive(options, consumer, signal)
  const done = allEnd([live, keeping, counting], ended).finally(() => consumer[Symbol.asyncDispose]())
  done.catch(() => undefined)
  return {
    done,
    rebuild,
    async [Symbol.asyncDispose]() {
      ended.abort()
      await done.catch(() => undefined)
    },
  }
}

/** When one ends by an error the other is stopped, and the error is the outcome. */
async function allEnd(works: readonly Promise<void>[], stop: AbortController): Promise<void> {
  for (const work of works) work.catch((error: unknown) => stop.abort(error))
  const results = await Promise.allSettled(works)
  const broken = results.find((result) => result.status === 'rejected')
  if (broken) throw broken.reason
}
