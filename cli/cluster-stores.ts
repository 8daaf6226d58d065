// Opens what cluster mode stores: the log on Kafka, decisions and views on Redis, objects on S3; each is checked at the start.
import type { SchemaRegistry } from '#runtime/bus/schema-registry.ts'
import { ConfigurationError } from '#runtime/configuration-error.ts'
import { openConfluentSchemaRegistry } from '#runtime/kafka/confluent-schema-registry.ts'
import { type KafkaBus, openKafkaBus } from '#runtime/kafka/kafka-bus.ts'
import type { ObjectSources } from '#runtime/objects/object-sources.ts'
import type { Objects } from '#runtime/objects/objects.ts'
import { openRedis } from '#runtime/redis/redis-connection.ts'
import { redisReadTogether } from '#runtime/redis/redis-read-together.ts'
import { openRedisStateStore } from '#runtime/redis/redis-state-store.ts'
import { openRedisStoreBuilds } from '#runtime/redis/redis-store-builds.ts'
import { openRedisViews } from '#runtime/redis/redis-views.ts'
import { openS3Objects } from '#runtime/s3/open-s3.ts'
import { openS3Sources } from '#runtime/s3/open-s3-sources.ts'
import type { ClusterServices } from '#runtime/service/configuration.ts'
import type { ReadTogether } from '#runtime/state/read-together.ts'
import type { StateStore } from '#runtime/state/state-store.ts'
import type { StoreBuilds } from '#runtime/state/store-builds.ts'
import type { Views } from '#runtime/views/views.ts'
import { TOPICS } from '#schemas/topics.ts'
import { EVENT_TOPICS, schemaJsonOf, subjectOf } from './event-codec.ts'
import { type AskedService, untilAnswered, type WaitOptions } from './until-answered.ts'

export const KAFKA: AskedService = { service: 'Kafka', setting: 'SYNTONYM_KAFKA_BROKERS' }
export const SCHEMA_REGISTRY: AskedService = {
  service: 'the schema registry',
  setting: 'SYNTONYM_SCHEMA_REGISTRY_URL',
}
const OBJECT_STORE: AskedService = { service: 'the object store', setting: 'SYNTONYM_S3_ENDPOINT' }

export interface ClusterStores extends AsyncDisposable {
  readonly bus: KafkaBus
  readonly registry: SchemaRegistry
  readonly store: StateStore
  readonly views: Views
  readonly together: ReadTogether
  readonly builds: StoreBuilds
  readonly objects: Objects
  /** Buckets that clients may name their files in. */
  readonly sources: ObjectSources
}

/** @throws {ConfigurationError} naming every topic that is missing */
export async function requireTopics(bus: KafkaBus): Promise<void> {
  const missing = (await bus.inspectTopics(TOPICS)).filter(({ state }) => state === 'missing')
  if (missing.length === 0) return
  const names = missing.map(({ topic }) => topic).join(', ')
  throw new ConfigurationError(`Kafka lacks the topics ${names}. Run "syntonym topics create" once.`)
}

/** @throws {ConfigurationError} when the registry refuses one of our schemas */
export async function registerSchemas(registry: SchemaRegistry): Promise<void> {
  for (const topic of EVENT_TOPICS) await registry.register(subjectOf(topic), schemaJsonOf(topic))
}

/**
 * Resolves when all four services answered; waits for those that do not yet.
 * @throws {ConfigurationError} for missing topics, a refused schema, key or bucket; the signal's reason
 */
export async function openClusterStores(
  services: ClusterServices,
  options: WaitOptions & { readonly clientId: string },
): Promise<ClusterStores> {
  const { clientId, log } = options
  await using opened = new AsyncDisposableStack()
  const bus = opened.use(openKafkaBus({ brokers: services.kafkaBrokers, clientId, log }))
  const registry = openConfluentSchemaRegistry({ url: services.schemaRegistryUrl, clientId })
  await untilAnswered(KAFKA, () => requireTopics(bus), options)
  await untilAnswered(SCHEMA_REGISTRY, () => registerSchemas(registry), options)
  const openObjects = () => openS3Objects(services.s3)
  const objects = opened.use(await untilAnswered(OBJECT_STORE, openObjects, options))
  const redis = opened.use(await openRedis({ url: services.redisUrl, log }))
  const sources = opened.use(openS3Sources(services.s3, services.s3.sourceBuckets))
  const kept = opened.move()
  return {
    bus,
    registry,
    store: openRedisStateStore({ redis }),
    views: openRedisViews({ redis }),
    together: redisReadTogether(redis),
    builds: openRedisStoreBuilds({ redis }),
    objects,
    sources,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}
