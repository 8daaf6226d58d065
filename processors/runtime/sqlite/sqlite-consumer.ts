// One member of a consumer group on the SQLite log: hands records out fairly over its partitions, commits what is finished.
import type { BusConsumer, BusRecord } from '../bus/bus.ts'
import { Wakeup } from '../wakeup.ts'
import type { LocalDatabase } from './local-database.ts'
import type { GroupMember, Share, SqliteConsumerGroup } from './sqlite-consumer-group.ts'
import type { SqliteLog, TopicRow } from './sqlite-log.ts'

/** Waiting members are woken by publishes; this is only the upper bound of one wait. */
const LONGEST_WAIT_MS = 60_000

export class SqliteConsumer implements BusConsumer, GroupMember {
  readonly topics: readonly TopicRow[]
  readonly shares: Share[] = []
  readonly #wakeup = new Wakeup()
  readonly #listeners: ((topic: string, partition: number) => void)[] = []
  readonly #group: SqliteConsumerGroup
  readonly #name: string
  readonly #database: LocalDatabase
  readonly #log: SqliteLog
  readonly #visibleEnd: (topic: TopicRow, partition: number) => number
  #turn = 0
  #closed = false

  constructor(options: {
    group: SqliteConsumerGroup
    name: string
    topics: readonly TopicRow[]
    database: LocalDatabase
    log: SqliteLog
    visibleEnd: (topic: TopicRow, partition: number) => number
  }) {
    this.topics = options.topics
    this.#group = options.group
    this.#name = options.name
    this.#database = options.database
    this.#log = options.log
    this.#visibleEnd = options.visibleEnd
    this.#group.join(this)
  }

  async poll(options: { limit: number; waitMs: number; signal: AbortSignal }): Promise<readonly BusRecord[]> {
    // The clock of the wait only, hence the monotonic one.
    const until = performance.now() + Math.min(options.waitMs, LONGEST_WAIT_MS)
    while (!this.#closed && !options.signal.aborted) {
      const records = this.#take(options.limit)
      const left = until - performance.now()
      if (records.length > 0 || left <= 0) return records
      await this.#wakeup.wait(left, options.signal)
    }
    return []
  }

  async commit(topic: string, partition: number, nextOffset: bigint): Promise<void> {
    const row = this.topics.find((t) => t.name === topic)
    // A partition that went to another member is that member's to commit.
    if (row === undefined || this.#group.owner(row, partition) !== this) return
    await this.#database.write(
      () => this.#log.saveOffset(this.#name, row, partition, Number(nextOffset)),
      'written',
    )
  }

  onRevoked(listener: (topic: string, partition: number) => void): void {
    this.#listeners.push(listener)
  }

  revoked(topic: string, partition: number): void {
    for (const listener of this.#listeners) listener(topic, partition)
  }

  wake(): void {
    this.#wakeup.wake()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    this.#group.leave(this)
    this.wake()
  }

  /** An even share of the limit for each partition that has something, the rest to whoever has more. */
  #take(limit: number): BusRecord[] {
    const ready = this.shares.filter((s) => s.position < this.#visibleEnd(s.topic, s.partition))
    if (ready.length === 0) return []
    this.#turn = (this.#turn + 1) % ready.length
    const inTurn = [...ready.slice(this.#turn), ...ready.slice(0, this.#turn)]
    const taken: BusRecord[] = []
    const evenShare = Math.max(1, Math.floor(limit / ready.length))
    for (const most of [evenShare, limit])
      for (const share of inTurn)
        if (taken.length < limit) taken.push(...this.#readOn(share, Math.min(most, limit - taken.length)))
    return taken
  }

  #readOn(share: Share, limit: number): BusRecord[] {
    const until = this.#visibleEnd(share.topic, share.partition)
    if (share.position >= until) return []
    const records = this.#log.read({ ...share, from: share.position, until }, limit)
    const last = records.at(-1)
    // Fewer than asked for: the rest of the span is gone (retention), so skip it.
    share.position = last === undefined || records.length < limit ? until : Number(last.offset) + 1
    return records
  }
}
