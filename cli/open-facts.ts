// Opens the log, the decisions and the views for a command that runs beside the service, or alone on a data folder.
import { randomUUID } from 'node:crypto'
import type { Bus } from '#runtime/bus/bus.ts'
import type { RecordCodec } from '#runtime/bus/record-codec.ts'
import type { SchemaRegistry } from '#runtime/bus/schema-registry.ts'
import type { Clock } from '#runtime/clock.ts'
import { openConfluentSchemaRegistry } from '#runtime/kafka/confluent-schema-registry.ts'
import { openKafkaBus } from '#runtime/kafka/kafka-bus.ts'
import type { Log } from '#runtime/log.ts'
import { type Relay, startRelay } from '#runtime/pump/relay.ts'
import { openRedis } from '#runtime/redis/redis-connection.ts'
import { openRedisStateStore } from '#runtime/redis/redis-state-store.ts'
import { openRedisStoreBuilds } from '#runtime/redis/redis-store-builds.ts'
import { openRedisViews } from '#runtime/redis/redis-views.ts'
import type { ClusterServices, Configuration } from '#runtime/service/configuration.ts'
import { openLocalStores } from '#runtime/sqlite/local-stores.ts'
import type { StateStore } from '#runtime/state/state-store.ts'
import type { StoreBuilds } from '#runtime/state/store-builds.ts'
import type { Views } from '#runtime/views/views.ts'
import type { Event } from '#schemas/events/event-types.ts'
import { RELAY_LEASE } from '#schemas/state-keys.ts'
import { TOPICS } from '#schemas/topics.ts'
import { eventCodec } from './event-codec.ts'

interface Stores extends AsyncDisposable {
  readonly bus: Bus
  readonly registry: SchemaRegistry
  readonly store: StateStore
  readonly views: Views
  readonly builds?: StoreBuilds
}
export interface OpenFacts extends AsyncDisposable {
  readonly stores: Omit<Stores, 'registry'>
  readonly codec: RecordCodec<Event>
  readonly relay: Relay
}

const CLIENT_ID = 'syntonym-command'
const RELAY_TTL_MS = 5_000
const RELAY_POLL_MS = 100
const RELAY_BATCH = 256
const clock: Clock = { now: () => Date.now() }

async function clusterStores(services: ClusterServices, log: Log): Promise<Stores> {
  await using opened = new AsyncDisposableStack()
  const bus = opened.use(openKafkaBus({ brokers: services.kafkaBrokers, clientId: CLIENT_ID, log }))
  const redis = opened.use(await openRedis({ url: services.redisUrl, log }))
  const kept = opened.move()
  return {
    bus,
    registry: openConfluentSchemaRegistry({ url: services.schemaRegistryUrl, clientId: CLIENT_ID }),
    store: openRedisStateStore({ redis }),
    views: openRedisViews({ redis }),
    builds: openRedisStoreBuilds({ redis }),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

async function localStores(dataDir: string): Promise<Stores> {
  const stores = await openLocalStores({ dataDir, ownerName: String(process.pid), clock })
  await stores.bus.ensureTopics(TOPICS)
  return stores
}

/**
 * What a command decides is relayed by it, or by the service beside it. Of local mode's data folder a command is the
 * only user: it says so where the service runs.
 * @throws {ConfigurationError}
 */
export async function openFacts(configuration: Configuration, log: Log): Promise<OpenFacts> {
  const stores =
    configuration.mode === 'cluster'
      ? await clusterStores(configuration.cluster, log)
      : await localStores(configuration.dataDir)
  const relay = startRelay({
    ...{ store: stores.store, bus: stores.bus, clock, log },
    lease: RELAY_LEASE,
    owner: `command-${randomUUID()}`,
    leaseTtlMs: RELAY_TTL_MS,
    pollMs: RELAY_POLL_MS,
    batch: RELAY_BATCH,
    metrics: { relayed: () => undefined },
    signal: new AbortController().signal,
  })
  return {
    stores,
    codec: eventCodec(stores.registry),
    relay,
    [Symbol.asyncDispose]: async () => {
      await relay[Symbol.asyncDispose]()
      await stores[Symbol.asyncDispose]()
    },
  }
}
