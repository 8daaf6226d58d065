// Runs the extractor: submitted files become plans, approved plans become tasks, ended archives are packed, deleted jobs vanish.
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Box } from '#runtime/box/pure/box-request.ts'
import type { Bus, BusRecord } from '#runtime/bus/bus.ts'
import { joinPatiently } from '#runtime/bus/join-patiently.ts'
import type { RecordCodec } from '#runtime/bus/record-codec.ts'
import type { Clock } from '#runtime/clock.ts'
import type { Log } from '#runtime/log.ts'
import type { ObjectSources } from '#runtime/objects/object-sources.ts'
import type { Objects } from '#runtime/objects/objects.ts'
import { deadLetters } from '#runtime/pump/dead-letters.ts'
import { type PumpMetrics, runPump } from '#runtime/pump/pump.ts'
import type { RetryPolicy } from '#runtime/pump/pure/after-failure.ts'
import { alwaysFirm, type OnFirmGround } from '#runtime/state/facts-on-bus.ts'
import type { StateStore } from '#runtime/state/state-store.ts'
import type { Event, EventType } from '#schemas/events/event-types.ts'
import { isTerminalFact } from '#schemas/task-outcome.ts'
import { DEAD_LETTERS, JOBS, OUTCOMES } from '#schemas/topics.ts'
import type { Prober } from './boxed-probe.ts'
import { callOffTasks } from './job/call-off-tasks.ts'
import { EXTRACTOR_TIMING, type ExtractorPorts, type ExtractorTiming } from './job/extractor-ports.ts'
import { handleApproved } from './job/handle-approved.ts'
import { handleDeleted } from './job/handle-deleted.ts'
import { handleOutcome } from './job/handle-outcome.ts'
import { handleSubmitted } from './job/handle-submitted.ts'
import { startProberPool } from './prober-pool.ts'
import type { ExtractorLimits } from './pure/limits.ts'

export interface ExtractorParts {
  readonly bus: Bus
  readonly codec: RecordCodec<Event>
  readonly store: StateStore
  readonly objects: Objects
  /** Buckets that clients may name their files in. */
  readonly sources?: ObjectSources | undefined
  readonly box: Box
  readonly limits: ExtractorLimits
  /** An existing folder of this process alone, without links in its path; emptied at the start. */
  readonly workFolder: string
  readonly clock: Clock
  /** Unique for each run of the process. */
  readonly owner: string
  readonly log: Log
  readonly metrics: PumpMetrics
  /** How a record is handled so that nothing it rests on can be lost; where it is missing, the store cannot be. */
  readonly firm?: OnFirmGround
  /** A fact was put into the outbox here: the relay may look. */
  readonly wakeRelay?: () => void
  readonly timing?: ExtractorTiming
  /** Children that look into files at the same time. */
  readonly probers?: number
  /** Aborting stops: jobs in work are given up and their leases handed back. */
  readonly signal: AbortSignal
}

export interface Extractor extends AsyncDisposable {
  /** Resolves after the stop; rejects when a pump met a mistake of ours, after the others have stopped too. */
  readonly done: Promise<void>
}

type Handle = (ports: ExtractorPorts, event: Event, signal: AbortSignal) => Promise<void>

/** One consumer group: decisions never wait behind a large archive, nor packing behind either. */
interface Group {
  readonly name: string
  readonly topic: string
  readonly inFlight: number
  readonly takes: readonly EventType[]
  readonly handle: Handle
}

const GROUPS: readonly Group[] = [
  {
    name: 'syntonym.extractor.submissions',
    topic: JOBS.name,
    inFlight: 8,
    takes: ['JobSubmitted'],
    handle: async (ports, event, signal) => {
      if (event.type === 'JobSubmitted') await handleSubmitted(ports, event, signal)
    },
  },
  {
    name: 'syntonym.extractor.decisions',
    topic: JOBS.name,
    inFlight: 16,
    takes: ['JobApproved', 'JobCancelled', 'JobDeleted'],
    handle: async (ports, event) => {
      if (event.type === 'JobApproved') await handleApproved(ports, event)
      if (event.type === 'JobCancelled' || event.type === 'JobDeleted') await callOffTasks(ports, event)
      if (event.type === 'JobDeleted') await handleDeleted(ports, event)
    },
  },
  {
    name: 'syntonym.extractor.outcomes',
    topic: OUTCOMES.name,
    inFlight: 64,
    takes: ['TaskCompleted', 'TaskFailed', 'TaskCancelled'],
    handle: async (ports, event, signal) => {
      if (isTerminalFact(event)) await handleOutcome(ports, event, signal)
    },
  },
]

export const EXTRACTOR_GROUPS = GROUPS.map(({ name, topic }) => ({ group: name, topic }))
const RETRY: RetryPolicy = { limit: 8, firstDelayMs: 250, maxDelayMs: 10_000 }
const PROBERS = 2

/** After a kill the folder holds originals of jobs in work: they are read again from where they came. */
async function sweep(workFolder: string): Promise<void> {
  await mkdir(workFolder, { recursive: true, mode: 0o700 })
  for (const name of await readdir(workFolder))
    await rm(join(workFolder, name), { recursive: true, force: true })
}

async function pump(
  parts: ExtractorParts,
  ports: ExtractorPorts,
  group: Group,
  signal: AbortSignal,
): Promise<void> {
  const { bus, codec, clock, log, metrics, firm = alwaysFirm } = parts
  const asked = { group: group.name, topics: [group.topic], from: 'earliest' } as const
  await using consumer = await joinPatiently(bus, asked, { log, signal })
  await runPump({
    consumer,
    handle: async (record: BusRecord, context) => {
      const event = await codec.decode(record)
      if (group.takes.includes(event.type))
        await firm(event.job_id, context.signal, () => group.handle(ports, event, context.signal))
    },
    inFlight: group.inFlight,
    retry: RETRY,
    onDead: deadLetters({ bus, topic: DEAD_LETTERS.name }),
    onBug: (record, error) =>
      log.error({ group: group.name, offset: String(record?.offset), err: error }, 'the extractor stops'),
    clock,
    log,
    metrics,
    signal,
  })
}

function portsFor(parts: ExtractorParts, prober: Prober): ExtractorPorts {
  const { store, objects, sources, bus, codec, box, limits, workFolder, clock, owner, log } = parts
  return {
    ...{ store, objects, sources, bus, box, prober, limits, workFolder, clock, owner, log },
    encode: (topic, key, event) => codec.encode(topic, key, event),
    timing: parts.timing ?? EXTRACTOR_TIMING,
    wakeRelay: parts.wakeRelay ?? (() => {}),
  }
}

/** Joins the bus and returns; work goes on until the signal aborts. Topics must exist. */
export async function startExtractor(parts: ExtractorParts): Promise<Extractor> {
  await sweep(parts.workFolder)
  const ended = new AbortController()
  const signal = AbortSignal.any([parts.signal, ended.signal])
  const prober = await startProberPool({
    ...{ box: parts.box, limits: parts.limits, signal },
    folder: parts.workFolder,
    size: parts.probers ?? PROBERS,
  })
  const ports = portsFor(parts, prober)
  const pumps = GROUPS.map(async (group) => {
    try {
      await pump(parts, ports, group, signal)
    } catch (error) {
      // Stopped while it was still joining.
      if (parts.signal.aborted && error === signal.reason) return
      ended.abort(error)
      throw error
    }
  })
  // All have stopped before anybody hears of it.
  const done = Promise.allSettled(pumps).then(async () => {
    await prober[Symbol.asyncDispose]()
    await Promise.all(pumps)
  })
  done.catch(() => undefined)
  return {
    done,
    async [Symbol.asyncDispose]() {
      ended.abort()
      await done.catch(() => undefined)
    },
  }
}
