// The port to the event log: append records to topics, read them in groups, commit what is finished.

export interface BusMessage {
  readonly topic: string
  /** Records of one key keep their order. */
  readonly key: string
  readonly value: Uint8Array
  readonly headers: Readonly<Record<string, string>>
}

export interface BusRecord extends BusMessage {
  readonly partition: number
  readonly offset: bigint
  readonly timestampMs: number
}

export interface TopicPlan {
  readonly name: string
  readonly partitions: number
  readonly retention: 'forever' | { readonly days: number }
}

/** A member of a consumer group. Records come once per group until committed; uncommitted ones come again after a restart. */
export interface BusConsumer extends AsyncDisposable {
  /**
   * Next records, oldest first per partition, at most `limit`; waits until there is one, or answers [] after `waitMs`.
   * Records handed out are not handed out again by this member.
   * @throws {TransientFailure} STORE_UNAVAILABLE
   */
  poll(options: { limit: number; waitMs: number; signal: AbortSignal }): Promise<readonly BusRecord[]>
  /** Marks every record of the partition below `nextOffset` as finished. */
  commit(topic: string, partition: number, nextOffset: bigint): Promise<void>
  /** Partitions that this member no longer owns: their records in flight are somebody else's now. */
  onRevoked(listener: (topic: string, partition: number) => void): void
}

export interface Bus extends AsyncDisposable {
  /** Creates missing topics; never changes the partitions of one that exists. Auto-creation is off everywhere. */
  ensureTopics(topics: readonly TopicPlan[]): Promise<void>
  /** Appends in the order given, durably (acks=all; local: committed), before it resolves. */
  publish(messages: readonly BusMessage[]): Promise<void>
  join(options: {
    group: string
    topics: readonly string[]
    from: 'earliest' | 'latest'
  }): Promise<BusConsumer>
  /** Records not yet committed by the group, per topic. */
  lag(group: string, topic: string): Promise<bigint>
  /** Reads a topic from its beginning to its present end, without a group. For rebuilds. */
  readAll(topic: string): AsyncIterable<BusRecord>
}
