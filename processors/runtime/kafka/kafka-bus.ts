// The bus on Kafka: acks=all, idempotent producer, consumer groups with commits by hand, nothing created by accident.
import type { Admin, Kafka } from 'kafkajs'
import type { Bus, BusConsumer, BusMessage, BusRecord, TopicPlan } from '../bus/bus.ts'
import { ConfigurationError } from '../configuration-error.ts'
import type { Log } from '../log.ts'
import { groupOffsets } from './group-offsets.ts'
import { type KafkaOptions, kafkaClient } from './kafka-client.ts'
import { KafkaConsumer } from './kafka-consumer.ts'
import { kafkaFailure } from './kafka-failure.ts'
import { KafkaProducer } from './kafka-producer.ts'
import { createTopics, inspectTopics, type TopicState } from './kafka-topics.ts'
import { readTopic } from './read-topic.ts'

/** Besides the port, what the admin step and the checks at a start need. */
export interface KafkaBus extends Bus {
  createTopics(plans: readonly TopicPlan[], copies?: number): Promise<readonly TopicState[]>
  inspectTopics(plans: readonly TopicPlan[]): Promise<readonly TopicState[]>
  /** One round trip to the cluster. @throws {TransientFailure} STORE_UNAVAILABLE */
  ping(): Promise<{ readonly brokers: number }>
}

const SESSION_MS = 15_000
/**
 * The broker lets a member wait for the group's plan until a leader that died is noticed. Given up before that, each try
 * would leave one more dead member behind, and the group would never come to rest.
 */
const BEYOND_SESSION_MS = 5_000

class KafkaJsBus implements KafkaBus {
  readonly #kafka: Kafka
  /** For members of groups: more patient. */
  readonly #members: Kafka
  readonly #log: Log
  readonly #sessionTimeoutMs: number
  readonly #producer: KafkaProducer
  readonly #known = new Set<string>()
  #admin: Promise<Admin> | undefined

  constructor(options: KafkaOptions) {
    this.#kafka = kafkaClient(options)
    this.#log = options.log
    this.#sessionTimeoutMs = options.sessionTimeoutMs ?? SESSION_MS
    const requestTimeoutMs = this.#sessionTimeoutMs + BEYOND_SESSION_MS
    this.#members = kafkaClient({ ...options, requestTimeoutMs })
    this.#producer = new KafkaProducer(this.#kafka)
  }

  async ensureTopics(topics: readonly TopicPlan[]): Promise<void> {
    await this.createTopics(topics)
  }

  async createTopics(plans: readonly TopicPlan[], copies?: number): Promise<readonly TopicState[]> {
    return this.#asAdmin((admin) => createTopics(admin, plans, copies))
  }

  async inspectTopics(plans: readonly TopicPlan[]): Promise<readonly TopicState[]> {
    return this.#asAdmin((admin) => inspectTopics(admin, plans))
  }

  async ping(): Promise<{ readonly brokers: number }> {
    return this.#asAdmin(async (admin) => ({ brokers: (await admin.describeCluster()).brokers.length }))
  }

  async publish(messages: readonly BusMessage[]): Promise<void> {
    await this.#mustExist(messages.map(({ topic }) => topic))
    await this.#producer.publish(messages)
  }

  async join(options: {
    group: string
    topics: readonly string[]
    from: 'earliest' | 'latest'
  }): Promise<BusConsumer> {
    await this.#mustExist(options.topics)
    return KafkaConsumer.join({
      ...options,
      kafka: this.#members,
      admin: () => this.#connectedAdmin(),
      sessionTimeoutMs: this.#sessionTimeoutMs,
      log: this.#log,
    })
  }

  async lag(group: string, topic: string): Promise<bigint> {
    const offsets = await this.#asAdmin((admin) => groupOffsets(admin, group, topic))
    return offsets.reduce((sum, { low, high, committed }) => {
      const next = committed === undefined || committed < low ? low : committed
      return sum + (high > next ? high - next : 0n)
    }, 0n)
  }

  async *readAll(topic: string): AsyncIterable<BusRecord> {
    await this.#mustExist([topic])
    try {
      yield* readTopic(
        {
          admin: () => this.#connectedAdmin(),
          join: (group, name) => this.join({ group, topics: [name], from: 'earliest' }),
        },
        topic,
      )
    } catch (error) {
      throw kafkaFailure(error)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#producer[Symbol.asyncDispose]()
    await this.#dropAdmin()
  }

  /** @throws {ConfigurationError} instead of waiting for a topic that nobody will create. */
  async #mustExist(topics: readonly string[]): Promise<void> {
    const asked = [...new Set(topics)].filter((topic) => !this.#known.has(topic))
    if (asked.length === 0) return
    const there = new Set(await this.#asAdmin((admin) => admin.listTopics()))
    for (const topic of asked) {
      if (!there.has(topic))
        throw new ConfigurationError(`The topic ${topic} was never created: run "syntonym topics create".`)
      this.#known.add(topic)
    }
  }

  async #asAdmin<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
    try {
      return await work(await this.#connectedAdmin())
    } catch (error) {
      await this.#dropAdmin()
      throw kafkaFailure(error)
    }
  }

  #connectedAdmin(): Promise<Admin> {
    this.#admin ??= (async () => {
      const admin = this.#kafka.admin()
      await admin.connect()
      return admin
    })()
    return this.#admin
  }

  async #dropAdmin(): Promise<void> {
    const admin = this.#admin
    this.#admin = undefined
    await admin?.then((a) => a.disconnect()).catch(() => undefined)
  }
}

/** Nothing is connected before it is needed; dispose consumers before the bus. */
export const openKafkaBus = (options: KafkaOptions): KafkaBus => new KafkaJsBus(options)
