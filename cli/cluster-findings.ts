// Asks each service of cluster mode by a round trip, for `syntonym doctor`.
import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { openKafkaBus } from '#runtime/kafka/kafka-bus.ts'
import type { Log } from '#runtime/log.ts'
import { openRedis } from '#runtime/redis/redis-connection.ts'
import { openRedisStoreBuilds } from '#runtime/redis/redis-store-builds.ts'
import { openS3Objects } from '#runtime/s3/open-s3.ts'
import type { ClusterServices } from '#runtime/service/configuration.ts'
import { TOPICS } from '#schemas/topics.ts'
import { failureText } from './command-io.ts'
import { schemaJsonOf, subjectOf } from './event-codec.ts'

export interface ServiceFinding {
  readonly what: string
  readonly state: 'ok' | 'weak' | 'missing'
  readonly detail: string
}
type Answer = Omit<ServiceFinding, 'what'>

const ASK_WITHIN_MS = 15_000
const CLIENT_ID = 'syntonym-doctor'

async function askKafka({ kafkaBrokers }: ClusterServices, log: Log): Promise<Answer> {
  await using bus = openKafkaBus({ brokers: kafkaBrokers, clientId: CLIENT_ID, log })
  const { brokers } = await bus.ping()
  const missing = (await bus.inspectTopics(TOPICS)).filter(({ state }) => state === 'missing')
  if (missing.length > 0)
    return { state: 'missing', detail: `${missing.length} topics are missing: run "syntonym topics create"` }
  const detail = `${brokers} brokers, ${TOPICS.length} topics`
  return brokers < 3
    ? {
        state: 'weak',
        detail: `${detail}; what is acknowledged is as safe as one disk with fewer than 3 brokers`,
      }
    : { state: 'ok', detail }
}

/** Asks whether a schema is the registered one, which writes nothing. */
async function askRegistry({ schemaRegistryUrl }: ClusterServices): Promise<Answer> {
  const [topic] = TOPICS
  if (topic === undefined) throw new Error('no topic is planned')
  const answer = await fetch(`${schemaRegistryUrl.replace(/\/+$/, '')}/subjects/${subjectOf(topic)}`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema: schemaJsonOf(topic) }),
    signal: AbortSignal.timeout(ASK_WITHIN_MS),
  })
  if (answer.ok) return { state: 'ok', detail: `knows the schema of ${topic.name}` }
  if (answer.status === 404)
    return { state: 'missing', detail: 'answers, but lacks our schemas: run "syntonym topics create"' }
  return { state: 'missing', detail: `answered ${answer.status}` }
}

async function askRedis({ redisUrl }: ClusterServices, log: Log): Promise<Answer> {
  await using redis = await openRedis({ url: redisUrl, log })
  const builds = openRedisStoreBuilds({ redis })
  const [decisions, views] = [await builds.inUse('decisions'), await builds.inUse('views')]
  return decisions && views
    ? { state: 'ok', detail: 'decisions and views are in use' }
    : { state: 'weak', detail: 'answers, but is empty: the projection builds it from the facts when it runs' }
}

async function askObjects({ s3 }: ClusterServices): Promise<Answer> {
  await using objects = await openS3Objects(s3)
  const key = `health/${randomUUID()}`
  await objects.put(key, Readable.from([Buffer.from(key)]))
  const found = await objects.stat(key)
  await objects.delete(key)
  return found?.bytes === key.length
    ? { state: 'ok', detail: `bucket ${s3.bucket}: written, found, deleted` }
    : { state: 'missing', detail: `bucket ${s3.bucket}: what was written is not there` }
}

async function inTime(what: string, asking: Promise<Answer>): Promise<ServiceFinding> {
  const late = new Promise<Answer>((resolve) => {
    const detail = `no answer within ${ASK_WITHIN_MS / 1000} s`
    setTimeout(resolve, ASK_WITHIN_MS, { state: 'missing', detail }).unref()
  })
  const failed = (error: unknown): Answer => ({ state: 'missing', detail: failureText(error) })
  return { what, ...(await Promise.race([asking.catch(failed), late])) }
}

/** One finding for each service, whatever the others say. */
export const clusterFindings = (services: ClusterServices, log: Log): Promise<ServiceFinding[]> =>
  Promise.all([
    inTime('Kafka', askKafka(services, log)),
    inTime('schema registry', askRegistry(services)),
    inTime('Redis', askRedis(services, log)),
    inTime('object store', askObjects(services)),
  ])
