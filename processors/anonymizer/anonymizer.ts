// Runs the anonymizer: one pump for pictures and one for films, each with its own workers, so that no picture waits for a film.
import type { Bus, BusConsumer, BusRecord } from '#runtime/bus/bus.ts'
import { joinPatiently } from '#runtime/bus/join-patiently.ts'
import type { RecordCodec } from '#runtime/bus/record-codec.ts'
import type { Clock } from '#runtime/clock.ts'
import { PermanentFailure } from '#runtime/failure.ts'
import type { Log } from '#runtime/log.ts'
import type { Objects } from '#runtime/objects/objects.ts'
import { deadLetters } from '#runtime/pump/dead-letters.ts'
import { type PumpMetrics, runPump } from '#runtime/pump/pump.ts'
import type { RetryPolicy } from '#runtime/pump/pure/after-failure.ts'
import { alwaysFirm, type OnFirmGround } from '#runtime/state/facts-on-bus.ts'
import type { StateStore } from '#runtime/state/state-store.ts'
import type { Event } from '#schemas/events/event-types.ts'
import { DEAD_LETTERS, FILM_TASKS, OUTCOMES, PICTURE_TASKS } from '#schemas/topics.ts'
import type { MediaPools } from './media-pools.ts'
import { handleFilmPart } from './part-handler.ts'
import type { MediaKind } from './result-metrics.ts'
import { filmHands } from './task/film-hands.ts'
import { type FilmSharing, TASK_TIMING, type TaskPorts, type TaskTiming } from './task/task-ports.ts'
import { handleTaskReady } from './task-handler.ts'
import type { TaskMetrics } from './task-metrics.ts'

export interface AnonymizerParts {
  readonly bus: Bus
  readonly codec: RecordCodec<Event>
  readonly store: StateStore
  readonly objects: Objects
  readonly pools: MediaPools
  readonly clock: Clock
  /** Unique for each run of the process. */
  readonly owner: string
  readonly log: Log
  readonly metrics: TaskMetrics
  readonly pumpMetrics: PumpMetrics
  /** How a task is handled so that nothing it rests on can be lost; where it is missing, the store cannot be. */
  readonly firm?: OnFirmGround
  /** A fact was put into the outbox here: the relay may look. */
  readonly wakeRelay?: () => void
  readonly timing?: TaskTiming
  /** A long film is worked on in parts of at least so many seconds; else as usual. */
  readonly filmPartSeconds?: number | undefined
  /** A film that is cut into at least so many parts is shared with other anonymizers; without, each film is one's own. */
  readonly shareFilmsOf?: number | undefined
  /** Which tasks are taken; both unless given. The pool of a kind that is not taken may have no slots. */
  readonly kinds?: readonly MediaKind[]
  /** Aborting it takes no new task and lets those in hand come to their end; `done` resolves then. */
  readonly drain?: AbortSignal
  /** Aborting stops: tasks in work are given up and their leases handed back. */
  readonly signal: AbortSignal
}

export interface Anonymizer {
  /** What the models run on. */
  readonly executionProvider: string
  /** Resolves after the stop; rejects when a pump met a mistake of ours, after the other has stopped too. */
  readonly done: Promise<void>
}

const RETRY: RetryPolicy = { limit: 8, firstDelayMs: 500, maxDelayMs: 15_000 }
/** Records taken beyond the slots: fetched and waiting, so that a slot never waits for a download. */
const AHEAD: Readonly<Record<MediaKind, number>> = { picture: 2, film: 1 }
const TOPIC_OF = { picture: PICTURE_TASKS.name, film: FILM_TASKS.name } as const
const GROUP_OF = { picture: 'syntonym.anonymizer.pictures', film: 'syntonym.anonymizer.films' } as const

/**
 * Joins the bus when the workers are warm, and returns; work goes on until the signal aborts. Topics must exist.
 * @throws {WorkerUnfit} when the models cannot be loaded as configured
 */
export async function startAnonymizer(parts: AnonymizerParts): Promise<Anonymizer> {
  const kinds = parts.kinds ?? (['picture', 'film'] as const)
  const ready = await Promise.all(kinds.map((kind) => parts.pools[kind].ready()))
  const executionProvider = ready[0]?.executionProvider ?? 'none'
  const broken = new AbortController()
  const signal = AbortSignal.any([parts.signal, broken.signal])
  const pumps = (await joinAll(parts, kinds, signal)).map(async ([kind, consumer]) => {
    try {
      await pumpTasks(parts, kind, consumer, signal)
    } catch (error) {
      broken.abort(error)
      throw error
    }
  })
  // Both have stopped before anybody hears of it.
  const done = Promise.allSettled(pumps).then(async () => void (await Promise.all(pumps)))
  done.catch(() => {})
  return { executionProvider, done }
}

/** Joins the groups of all kinds, or of none. */
async function joinAll(
  { bus, log }: Pick<AnonymizerParts, 'bus' | 'log'>,
  kinds: readonly MediaKind[],
  signal: AbortSignal,
): Promise<readonly (readonly [MediaKind, BusConsumer])[]> {
  await using started = new AsyncDisposableStack()
  const joined: (readonly [MediaKind, BusConsumer])[] = []
  for (const kind of kinds) {
    const group = { group: GROUP_OF[kind], topics: [TOPIC_OF[kind]], from: 'earliest' } as const
    joined.push([kind, started.use(await joinPatiently(bus, group, { log, signal }))])
  }
  started.move()
  return joined
}

async function pumpTasks(
  parts: AnonymizerParts,
  kind: MediaKind,
  joined: BusConsumer,
  signal: AbortSignal,
): Promise<void> {
  const { bus, clock, log, pools, pumpMetrics } = parts
  const ports = portsFor(parts, kind)
  await using consumer = joined
  await runPump({
    consumer,
    handle: (record, context) => handleRecord(parts, ports, record, context.signal),
    inFlight: pools[kind].slots + AHEAD[kind],
    retry: RETRY,
    onDead: deadLetters({ bus, topic: DEAD_LETTERS.name }),
    onBug: (record, error) =>
      log.error({ kind, offset: String(record?.offset), err: error }, 'the anonymizer stops'),
    clock,
    log,
    metrics: pumpMetrics,
    signal,
    drain: parts.drain,
  })
}

/** @throws what {@link handleTaskReady} throws; {PermanentFailure} EVENT_UNREADABLE */
async function handleRecord(
  parts: AnonymizerParts,
  ports: TaskPorts,
  record: BusRecord,
  signal: AbortSignal,
): Promise<void> {
  const event = await parts.codec.decode(record)
  if (event.type === 'FilmPartReady') return await handleFilmPart(ports, event, signal)
  if (event.type !== 'TaskReady')
    throw new PermanentFailure('EVENT_UNREADABLE', `A task topic carries a ${event.type}.`)
  const { firm = alwaysFirm } = parts
  await firm(event.job_id, signal, () => handleTaskReady(ports, event, signal))
  parts.wakeRelay?.()
}

function portsFor(parts: AnonymizerParts, kind: MediaKind): TaskPorts {
  const { store, objects, bus, clock, owner, log, metrics, codec } = parts
  return {
    store,
    objects,
    bus,
    encode: (fact) => codec.encode(OUTCOMES.name, fact.job_id, fact),
    pool: parts.pools[kind],
    clock,
    owner,
    timing: parts.timing ?? TASK_TIMING,
    filmPartSeconds: parts.filmPartSeconds,
    sharing: kind === 'film' ? sharingOf(parts) : undefined,
    log,
    metrics,
  }
}

function sharingOf({ shareFilmsOf, pools, drain, codec }: AnonymizerParts): FilmSharing | undefined {
  if (shareFilmsOf === undefined) return undefined
  return {
    leastParts: shareFilmsOf,
    hands: filmHands(pools.film.slots),
    draining: drain ?? new AbortController().signal,
    encode: (ready) => codec.encode(FILM_TASKS.name, ready.event_id, ready),
  }
}
