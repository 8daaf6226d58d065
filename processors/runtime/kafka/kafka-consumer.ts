// A member of a consumer group: fetches ahead into small buffers, so that heartbeats never wait for whoever polls.
import type {
  Admin,
  Consumer,
  ConsumerCrashEvent,
  ConsumerGroupJoinEvent,
  EachBatchPayload,
  Kafka,
} from 'kafkajs'
import type { BusConsumer, BusRecord } from '../bus/bus.ts'
import { TransientFailure } from '../failure.ts'
import type { Log } from '../log.ts'
import { Wakeup } from '../wakeup.ts'
import { type FinishedUpTo, groupCommits } from './group-commits.ts'
import { groupOffsets } from './group-offsets.ts'
import { RETRY } from './kafka-client.ts'
import { kafkaFailure } from './kafka-failure.ts'
import { busRecord } from './kafka-record.ts'
import { OwnedPartition, takeEvenly } from './pure/owned-partition.ts'
import { stickyAssigner } from './sticky-assigner.ts'

export interface KafkaConsumerOptions {
  readonly kafka: Kafka
  readonly admin: () => Promise<Admin>
  readonly group: string
  readonly topics: readonly string[]
  readonly from: 'earliest' | 'latest'
  readonly sessionTimeoutMs: number
  readonly log: Log
}

/** A rebalance is noticed within a fetch and a heartbeat, so both are short. */
const FETCH_WAIT_MS = 500
const HEARTBEAT_MS = 1_000
const REBALANCE_MS = 30_000
const PARTITION_BYTES = 256 * 1024
const FETCH_BYTES = 8 * 1024 * 1024
/** Batches of one answer are taken in together, so that no partition is first to be handed out. */
const SIDE_BY_SIDE = 64
const JOIN_WITHIN_MS = 60_000
const byTopic = (all: readonly OwnedPartition<BusRecord>[]): Record<string, number[]> => {
  const found: Record<string, number[]> = {}
  for (const { topic, partition } of all) found[topic] = [...(found[topic] ?? []), partition]
  return found
}
const placeOf = (topic: string, partition: number): string => `${topic}/${partition}`

export class KafkaConsumer implements BusConsumer {
  readonly #options: KafkaConsumerOptions
  readonly #consumer: Consumer
  readonly #owned = new Map<string, OwnedPartition<BusRecord>>()
  readonly #listeners: ((topic: string, partition: number) => void)[] = []
  readonly #wakeup = new Wakeup()
  readonly #commits = groupCommits((all) => this.#commitAll(all))
  readonly #joined = Promise.withResolvers<void>()
  #memberId = ''
  /** Where the group goes on, per topic; asked for once after each join. */
  #starts = new Map<string, Promise<Map<number, bigint>>>()
  #turn = 0
  #ended: { error: unknown } | undefined
  #closed = false

  private constructor(options: KafkaConsumerOptions) {
    this.#options = options
    this.#joined.promise.catch(() => undefined)
    this.#consumer = options.kafka.consumer({
      groupId: options.group,
      allowAutoTopicCreation: false,
      sessionTimeout: options.sessionTimeoutMs,
      rebalanceTimeout: REBALANCE_MS,
      heartbeatInterval: HEARTBEAT_MS,
      maxWaitTimeInMs: FETCH_WAIT_MS,
      maxBytesPerPartition: PARTITION_BYTES,
      maxBytes: FETCH_BYTES,
      partitionAssigners: [stickyAssigner(() => this.#claim())],
      // One that was closed while it crashed must not come back: it would hold partitions that nobody reads.
      retry: { ...RETRY, restartOnFailure: async () => !this.#closed },
    })
    this.#consumer.on(this.#consumer.events.GROUP_JOIN, (event) => this.#onJoin(event))
    this.#consumer.on(this.#consumer.events.CRASH, (event) => this.#onCrash(event))
  }

  /** Resolves when the member has its partitions. @throws {TransientFailure} STORE_UNAVAILABLE */
  static async join(options: KafkaConsumerOptions): Promise<KafkaConsumer> {
    const member = new KafkaConsumer(options)
    try {
      await member.#consumer.connect()
      await member.#consumer.subscribe({
        topics: [...options.topics],
        fromBeginning: options.from === 'earliest',
      })
      await member.#consumer.run({
        autoCommit: false,
        partitionsConsumedConcurrently: SIDE_BY_SIDE,
        eachBatch: (payload) => member.#fetched(payload),
      })
      await member.#untilJoined()
      if (options.from === 'latest') await member.#pinBeginning()
      return member
    } catch (error) {
      await member[Symbol.asyncDispose]().catch(() => undefined)
      throw kafkaFailure(error)
    }
  }

  async poll(options: { limit: number; waitMs: number; signal: AbortSignal }): Promise<readonly BusRecord[]> {
    const until = performance.now() + options.waitMs
    while (!this.#closed && !options.signal.aborted) {
      if (this.#ended) throw kafkaFailure(this.#ended.error)
      this.#turn += 1
      const records = takeEvenly([...this.#owned.values()], options.limit, this.#turn)
      const left = until - performance.now()
      if (records.length > 0) this.#fetchOn()
      if (records.length > 0 || left <= 0) return records
      await this.#wakeup.wait(left, options.signal)
      await new Promise((resolve) => setImmediate(resolve))
    }
    return []
  }

  async commit(topic: string, partition: number, nextOffset: bigint): Promise<void> {
    if (!this.#owned.has(placeOf(topic, partition))) return
    try {
      await this.#commits.add({ topic, partition, nextOffset })
    } catch (error) {
      if (this.#owned.has(placeOf(topic, partition))) throw kafkaFailure(error)
    }
  }

  async #commitAll(all: readonly FinishedUpTo[]): Promise<void> {
    // A partition that went to another member is that member's to commit.
    const ours = all.filter(({ topic, partition }) => this.#owned.has(placeOf(topic, partition)))
    if (ours.length === 0) return
    await this.#consumer.commitOffsets(
      ours.map(({ topic, partition, nextOffset }) => ({ topic, partition, offset: String(nextOffset) })),
    )
    for (const { topic, partition, nextOffset } of ours) {
      const owned = this.#owned.get(placeOf(topic, partition))
      if (owned !== undefined) owned.committed = nextOffset
    }
  }

  onRevoked(listener: (topic: string, partition: number) => void): void {
    this.#listeners.push(listener)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    this.#wakeup.wake()
    await this.#consumer.disconnect()
  }

  async #untilJoined(): Promise<void> {
    const late = AbortSignal.timeout(JOIN_WITHIN_MS)
    const tooLate = new Promise<never>((_, reject) => {
      late.addEventListener('abort', () =>
        reject(
          new TransientFailure(
            'STORE_UNAVAILABLE',
            `Kafka gave the group ${this.#options.group} no partitions.`,
          ),
        ),
      )
    })
    await Promise.race([this.#joined.promise, tooLate])
  }

  /**
   * Who kept its member id took part in every generation, so what it still has was nobody else's in between and its
   * records in work stay its own. With a new id everything was lost.
   */
  #onJoin({ payload }: ConsumerGroupJoinEvent): void {
    const isSame = payload.memberId === this.#memberId
    this.#memberId = payload.memberId
    this.#starts = new Map()
    const places = Object.entries(payload.memberAssignment).flatMap(([topic, partitions]) =>
      partitions.map((partition) => ({ topic, partition, place: placeOf(topic, partition) })),
    )
    const mine = new Set(places.map(({ place }) => place))
    for (const place of [...this.#owned.keys()]) if (!isSame || !mine.has(place)) this.#lose(place)
    for (const { topic, partition, place } of places) {
      if (this.#owned.has(place)) continue
      this.#owned.set(place, new OwnedPartition(topic, partition))
      this.#consumer.resume([{ topic, partitions: [partition] }])
    }
    this.#options.log.debug({ group: this.#options.group, partitions: places.length }, 'joined the group')
    this.#joined.resolve()
  }

  /** It has left the group: others get its partitions at once. It joins again by itself unless that cannot help. */
  #onCrash({ payload }: ConsumerCrashEvent): void {
    for (const place of [...this.#owned.keys()]) this.#lose(place)
    this.#memberId = ''
    if (payload.restart) return
    this.#ended = { error: payload.error }
    this.#joined.reject(payload.error)
    this.#wakeup.wake()
  }

  #lose(place: string): void {
    const lost = this.#owned.get(place)
    this.#owned.delete(place)
    if (lost !== undefined) for (const listener of this.#listeners) listener(lost.topic, lost.partition)
  }

  #claim() {
    const all = [...this.#owned.values()]
    return {
      memberId: this.#memberId,
      owned: byTopic(all),
      busy: byTopic(all.filter(({ isBusy }) => isBusy)),
    }
  }

  async #fetched({ batch, isStale }: EachBatchPayload): Promise<void> {
    const { topic, partition } = batch
    const place = placeOf(topic, partition)
    const owned = this.#owned.get(place)
    if (owned === undefined || isStale()) return
    const begin = owned.next === undefined ? await this.#startOf(topic, partition) : undefined
    // While that was asked the partition may have gone, or have come back anew.
    if (this.#owned.get(place) !== owned) return
    const [first] = batch.messages
    if (begin !== undefined && first !== undefined && BigInt(first.offset) > begin && !owned.wasSought) {
      // Fetched for an ownership before this one, further on than the group had committed.
      owned.wasSought = true
      this.#consumer.seek({ topic, partition, offset: String(begin) })
      return
    }
    owned.add(batch.messages.map((message) => busRecord(topic, partition, message)))
    if (owned.isFull && !owned.paused) {
      owned.paused = true
      this.#consumer.pause([{ topic, partitions: [partition] }])
    }
    this.#wakeup.wake()
  }

  async #startOf(topic: string, partition: number): Promise<bigint | undefined> {
    const known = this.#starts.get(topic) ?? this.#askStarts(topic)
    this.#starts.set(topic, known)
    return (await known).get(partition)
  }

  async #askStarts(topic: string): Promise<Map<number, bigint>> {
    const offsets = await groupOffsets(await this.#options.admin(), this.#options.group, topic)
    const begin = offsets.flatMap(({ partition, low, committed }): [number, bigint][] => {
      if (committed === undefined) return this.#options.from === 'earliest' ? [[partition, low]] : []
      return [[partition, committed > low ? committed : low]]
    })
    return new Map(begin)
  }

  /** A group that begins at the end gets that end written down, so that a restart does not move it. */
  async #pinBeginning(): Promise<void> {
    const admin = await this.#options.admin()
    for (const topic of this.#options.topics)
      for (const { partition, high, committed } of await groupOffsets(admin, this.#options.group, topic))
        if (committed === undefined) await this.commit(topic, partition, high)
  }

  #fetchOn(): void {
    for (const owned of this.#owned.values()) {
      if (!owned.paused || !owned.hasRoom) continue
      owned.paused = false
      this.#consumer.resume([{ topic: owned.topic, partitions: [owned.partition] }])
    }
  }
}
