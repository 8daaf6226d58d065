// Local mode: every room in one process, on SQLite and files, started in order and stopped in reverse.
import { randomUUID } from 'node:crypto'
import { mkdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import type { Registry } from 'prom-client'
import { startAnonymizer } from '#anonymizer/anonymizer.ts'
import { openMediaPools } from '#anonymizer/media-pools.ts'
import { taskMetrics } from '#anonymizer/task-metrics.ts'
import { EXTRACTOR_GROUPS, type ExtractorParts, startExtractor } from '#extractor/extractor.ts'
import { DEFAULT_EXTRACTOR_LIMITS } from '#extractor/pure/limits.ts'
import { loadAccounts } from '#gateway/accounts/load-accounts.ts'
import { startGateway } from '#gateway/start-gateway.ts'
import { ourManifest } from '#models/model-store.ts'
import { factMetrics } from '#projection/fact-metrics.ts'
import { PROJECTION_GROUP, startProjection } from '#projection/projection.ts'
import { createRecordCodec, type RecordCodec } from '#runtime/bus/record-codec.ts'
import type { Clock } from '#runtime/clock.ts'
import type { Log } from '#runtime/log.ts'
import { type Relay, startRelay } from '#runtime/pump/relay.ts'
import { dependencyMetrics, workFolderMetrics } from '#runtime/service/health-metrics.ts'
import type { Room } from '#runtime/service/lifecycle.ts'
import { createRegistry, lagMetrics, pumpMetrics, relayMetrics } from '#runtime/service/metrics.ts'
import type { ReadinessCheck } from '#runtime/service/operations-server.ts'
import { type LocalStores, openLocalStores } from '#runtime/sqlite/local-stores.ts'
import { fromAvroValue, toAvroValue, topicSchema, topicType } from '#schemas/events/event-codec.ts'
import type { Event } from '#schemas/events/event-types.ts'
import { RELAY_LEASE } from '#schemas/state-keys.ts'
import { FILM_TASKS, JOBS, OUTCOMES, PICTURE_TASKS, TOPICS } from '#schemas/topics.ts'
import { cores, type Environment, machineBox } from './machine.ts'
import { workerSetup } from './pixels.ts'

export interface LocalModeConfig {
  readonly dataDir: string
  readonly jobsRoot: string
  readonly host: string
  readonly port: number
  readonly keysFile: string | undefined
}

export interface LocalMode {
  readonly rooms: readonly Room[]
  /** Where the gateway listens, once it does. */
  address(): string | undefined
}

export const VERSION = '0.1.0'
const RELAY_TTL_MS = 10_000
const RELAY_POLL_MS = 1_000
const RELAY_BATCH = 256

/** What the rooms share once the stores are open. */
interface Shared {
  readonly stores: LocalStores
  readonly codec: RecordCodec<Event>
  readonly relay: Relay
}

export function localMode(config: LocalModeConfig, log: Log, environment: Environment): LocalMode {
  const clock: Clock = { now: () => Date.now() }
  const registry = createRegistry({ version: VERSION, room: 'local' })
  const pumps = pumpMetrics(
    registry,
    TOPICS.map((topic) => topic.name),
  )
  const owner = `local-${randomUUID()}`
  const shared = Promise.withResolvers<Shared>()
  shared.promise.catch(() => undefined)
  let address: string | undefined

  const storesRoom: Room = {
    name: 'stores',
    start: async () => {
      const stores = await openLocalStores({ dataDir: config.dataDir, ownerName: String(process.pid), clock })
      await stores.bus.ensureTopics(TOPICS)
      lagMetrics(registry, stores.bus, watchedGroups)
      dependencyMetrics(registry, dependencies(stores))
      const codec = eventCodec(stores)
      // The relay outlives every room: what they decide while they stop still reaches the bus.
      const relay = startRelay({
        store: stores.store,
        bus: stores.bus,
        lease: RELAY_LEASE,
        owner,
        leaseTtlMs: RELAY_TTL_MS,
        pollMs: RELAY_POLL_MS,
        batch: RELAY_BATCH,
        clock,
        log,
        metrics: relayMetrics(registry),
        signal: new AbortController().signal,
      })
      shared.resolve({ stores, codec, relay })
      return {
        done: relay.done,
        [Symbol.asyncDispose]: async () => {
          await relay[Symbol.asyncDispose]()
          await stores[Symbol.asyncDispose]()
        },
      }
    },
  }
  const context: RoomContext = {
    config,
    log,
    environment,
    clock,
    registry,
    pumps,
    owner,
    shared: shared.promise,
  }
  return {
    rooms: [
      storesRoom,
      projectionRoom(context),
      anonymizerRoom(context),
      extractorRoom(context),
      gatewayRoom(context, (heard) => {
        address = heard
      }),
    ],
    address: () => address,
  }
}

interface RoomContext {
  readonly config: LocalModeConfig
  readonly log: Log
  readonly environment: Environment
  readonly clock: Clock
  readonly registry: Registry
  readonly pumps: ReturnType<typeof pumpMetrics>
  readonly owner: string
  readonly shared: Promise<Shared>
}

/** Nothing lies under this name: the question is whether the store answers. */
const PROBE = 'health/probe'

const dependencies = ({ store, views, objects, bus }: LocalStores): readonly ReadinessCheck[] => [
  { name: 'bus', check: async () => void (await bus.lag(PROJECTION_GROUP, OUTCOMES.name)) },
  { name: 'decisions', check: async () => void (await store.get(PROBE)) },
  { name: 'views', check: async () => void (await views.read(PROBE)) },
  { name: 'objects', check: async () => void (await objects.stat(PROBE)) },
]

const watchedGroups = [
  { group: PROJECTION_GROUP, topic: JOBS.name },
  { group: PROJECTION_GROUP, topic: OUTCOMES.name },
  { group: 'syntonym.anonymizer.pictures', topic: PICTURE_TASKS.name },
  { group: 'syntonym.anonymizer.films', topic: FILM_TASKS.name },
  ...EXTRACTOR_GROUPS,
]

const eventCodec = (stores: LocalStores): RecordCodec<Event> =>
  createRecordCodec<Event>({
    registry: stores.registry,
    topics: TOPICS.filter((topic) => topic.events.length > 0).map((topic) => ({
      name: topic.name,
      schemaJson: JSON.stringify(topicSchema(topic)),
      type: topicType(topic),
    })),
    toAvro: toAvroValue,
    fromAvro: fromAvroValue,
    describe: (event) => ({
      id: event.event_id,
      type: event.type,
      source: 'syntonym',
      timeMs: event.occurred_at_ms,
    }),
  })

const projectionRoom = ({ log, clock, registry, pumps, shared }: RoomContext): Room => ({
  name: 'projection',
  start: async (signal) => {
    const { stores, codec } = await shared
    const { bus, views } = stores
    const metrics = pumps('syntonym.projection')
    const onFact = factMetrics(registry)
    return startProjection({ bus, codec, views, clock, log, metrics, onFact, signal })
  },
})

const anonymizerRoom = (context: RoomContext): Room => ({
  name: 'anonymizer',
  start: async (signal) => {
    const { stores, codec, relay } = await context.shared
    const { log, clock, registry, pumps, owner } = context
    const setup = workerSetup(context.environment, 1)
    const { executionProvider } = setup
    const metrics = taskMetrics(registry, { executionProvider, models: ourManifest().models })
    const folder = await workFolder(context.config, 'anonymizer')
    workFolderMetrics(registry, folder)
    const pools = await openMediaPools({
      box: await machineBox(context.environment),
      workFolder: folder,
      setup,
      slots: { picture: cores(), film: 1 },
      threads: { film: cores() },
      log,
      metrics,
    })
    const anonymizer = await startAnonymizer({
      ...{ bus: stores.bus, store: stores.store, objects: stores.objects },
      ...{ codec, pools, clock, owner, log, metrics, signal },
      pumpMetrics: pumps('syntonym.anonymizer'),
      wakeRelay: () => relay.wake(),
    })
    return {
      done: anonymizer.done,
      [Symbol.asyncDispose]: async () => {
        await anonymizer.done.catch(() => undefined)
        await pools[Symbol.asyncDispose]()
      },
    }
  },
})

const extractorRoom = (context: RoomContext): Room => ({
  name: 'extractor',
  start: async (signal) => {
    const { stores, codec, relay } = await context.shared
    const { log, clock, pumps, owner } = context
    const parts: ExtractorParts = {
      ...{ bus: stores.bus, store: stores.store, objects: stores.objects },
      ...{ codec, clock, owner, log, signal },
      box: await machineBox(context.environment),
      limits: DEFAULT_EXTRACTOR_LIMITS,
      workFolder: await workFolder(context.config, 'extractor'),
      metrics: pumps('syntonym.extractor'),
      wakeRelay: () => relay.wake(),
    }
    return startExtractor(parts)
  },
})

const gatewayRoom = (context: RoomContext, onAddress: (address: string) => void): Room => ({
  name: 'gateway',
  start: async (signal) => {
    const { stores, codec, relay } = await context.shared
    const { config, clock, log, registry } = context
    const gateway = await startGateway({
      ...{ store: stores.store, views: stores.views, objects: stores.objects },
      ...{ relay, codec, clock, log, signal, metrics: registry },
      random: { uuid: () => randomUUID() },
      accounts: await loadAccounts(config.keysFile),
      config: { host: config.host, port: config.port, jobsRoot: config.jobsRoot },
    })
    onAddress(gateway.address)
    return gateway
  },
})

async function workFolder(config: LocalModeConfig, room: string): Promise<string> {
  const path = join(config.dataDir, 'work', room)
  await mkdir(path, { recursive: true, mode: 0o700 })
  return realpath(path)
}
