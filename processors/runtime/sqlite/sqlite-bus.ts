// The bus on SQLite: topics, keys, partitions, offsets and consumer groups of one process, durable, woken without polling.
import type { Bus, BusConsumer, BusMessage, BusRecord, TopicPlan } from '../bus/bus.ts'
import type { Clock } from '../clock.ts'
import type { LocalDatabase } from './local-database.ts'
import { SqliteConsumer } from './sqlite-consumer.ts'
import { SqliteConsumerGroup } from './sqlite-consumer-group.ts'
import { type PartitionEnd, type SqliteLog, sqliteLog, type TopicRow } from './sqlite-log.ts'

const READ_ALL_PAGE = 500
const EXPIRE_EVERY_MS = 3_600_000

class SqliteBus implements Bus {
  readonly #database: LocalDatabase
  readonly #log: SqliteLog
  readonly #clock: Clock
  readonly #topics = new Map<string, TopicRow>()
  /** Per topic, where each partition ends for readers: what is durable, not merely written. */
  readonly #ends = new Map<number, number[]>()
  readonly #groups = new Map<string, SqliteConsumerGroup>()
  #expiredAtMs = 0

  constructor(database: LocalDatabase, clock: Clock) {
    this.#database = database
    this.#log = sqliteLog(database)
    this.#clock = clock
  }

  async ensureTopics(plans: readonly TopicPlan[]): Promise<void> {
    const missing = plans.filter((plan) => this.#log.topic(plan.name) === undefined)
    if (missing.length > 0)
      await this.#database.write(() => {
        for (const plan of missing) this.#log.addTopic(plan)
      }, 'durable')
    await this.#expire(plans.map((plan) => this.#topic(plan.name)))
  }

  async publish(messages: readonly BusMessage[]): Promise<void> {
    const placed = messages.map((message) => ({ topic: this.#topic(message.topic), message }))
    if (placed.length === 0) return
    const now = this.#clock.now()
    const ends = await this.#database.write(() => this.#log.append(placed, now), 'durable')
    for (const end of ends) this.#show(end)
    if (now - this.#expiredAtMs > EXPIRE_EVERY_MS) await this.#expire([...this.#topics.values()])
  }

  async join(options: {
    group: string
    topics: readonly string[]
    from: 'earliest' | 'latest'
  }): Promise<BusConsumer> {
    const topics = options.topics.map((name) => this.#topic(name))
    await this.#database.write(() => this.#beginAt(options.group, topics, options.from), 'written')
    return new SqliteConsumer({
      group: this.#group(options.group),
      name: options.group,
      topics,
      database: this.#database,
      log: this.#log,
      visibleEnd: (topic, partition) => this.#endsOf(topic)[partition] ?? 0,
    })
  }

  async lag(group: string, topic: string): Promise<bigint> {
    const row = this.#topic(topic)
    const behind = this.#endsOf(row).map((end, p) => {
      const next = Math.max(this.#log.offset(group, row, p) ?? 0, this.#log.start(row, p))
      return Math.max(0, end - next)
    })
    return BigInt(behind.reduce((sum, n) => sum + n, 0))
  }

  async *readAll(topic: string): AsyncIterable<BusRecord> {
    const row = this.#topic(topic)
    for (const [partition, until] of [...this.#endsOf(row)].entries()) {
      let from = 0
      while (from < until) {
        const page = this.#log.read({ topic: row, partition, from, until }, READ_ALL_PAGE)
        yield* page
        from = page.length < READ_ALL_PAGE ? until : Number(page.at(-1)?.offset ?? 0n) + 1
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The database belongs to whoever opened it.
  }

  /** A group that starts fresh gets its beginning written down, so that a restart does not move it. */
  #beginAt(group: string, topics: readonly TopicRow[], from: 'earliest' | 'latest'): void {
    for (const topic of topics)
      for (let p = 0; p < topic.partitions; p += 1) {
        if (this.#log.offset(group, topic, p) !== undefined) continue
        this.#log.saveOffset(group, topic, p, from === 'earliest' ? 0 : this.#log.end(topic, p))
      }
  }

  #group(name: string): SqliteConsumerGroup {
    const known = this.#groups.get(name)
    if (known) return known
    const group = new SqliteConsumerGroup((topic, p) => this.#log.offset(name, topic, p) ?? 0)
    this.#groups.set(name, group)
    return group
  }

  #topic(name: string): TopicRow {
    const row = this.#topics.get(name) ?? this.#log.topic(name)
    if (row === undefined) throw new Error(`The topic ${name} was never created.`)
    this.#topics.set(name, row)
    return row
  }

  #endsOf(topic: TopicRow): number[] {
    const known = this.#ends.get(topic.id)
    if (known) return known
    const ends = Array.from({ length: topic.partitions }, (_, p) => this.#log.end(topic, p))
    this.#ends.set(topic.id, ends)
    return ends
  }

  #show(end: PartitionEnd): void {
    const ends = this.#endsOf(end.topic)
    ends[end.partition] = Math.max(ends[end.partition] ?? 0, end.nextOffset)
    for (const group of this.#groups.values()) group.owner(end.topic, end.partition)?.wake()
  }

  async #expire(topics: readonly TopicRow[]): Promise<void> {
    const now = this.#clock.now()
    this.#expiredAtMs = now
    const limited = topics.filter((topic) => topic.retentionDays !== null)
    if (limited.length === 0) return
    await this.#database.write(() => {
      for (const topic of limited) this.#log.expire(topic, now)
    }, 'written')
  }
}

/** The bus of a data folder. Topics must have been made by `ensureTopics`; the database stays the caller's to close. */
export const openSqliteBus = (options: { database: LocalDatabase; clock: Clock }): Bus =>
  new SqliteBus(options.database, options.clock)
