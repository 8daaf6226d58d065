// The members of one consumer group in this process: who owns which partition, and how far each was read.
import { assignPartitions } from '../bus/pure/assign-partitions.ts'
import type { TopicRow } from './sqlite-log.ts'

/** One partition as its owner reads it. */
export interface Share {
  readonly topic: TopicRow
  readonly partition: number
  /** The next offset to hand out. */
  position: number
}

export interface GroupMember {
  readonly topics: readonly TopicRow[]
  readonly shares: Share[]
  revoked(topic: string, partition: number): void
  wake(): void
}

/** Sharing is decided anew for the touched topics whenever a member comes or goes. */
export class SqliteConsumerGroup {
  readonly #members: GroupMember[] = []
  readonly #owners = new Map<number, readonly (GroupMember | undefined)[]>()
  readonly #startOf: (topic: TopicRow, partition: number) => number

  /** `startOf` says where a new owner begins: at the committed offset. */
  constructor(startOf: (topic: TopicRow, partition: number) => number) {
    this.#startOf = startOf
  }

  join(member: GroupMember): void {
    this.#members.push(member)
    for (const topic of member.topics) this.#share(topic)
  }

  leave(member: GroupMember): void {
    const at = this.#members.indexOf(member)
    if (at < 0) return
    this.#members.splice(at, 1)
    for (const topic of member.topics) this.#share(topic)
  }

  owner(topic: TopicRow, partition: number): GroupMember | undefined {
    return this.#owners.get(topic.id)?.[partition]
  }

  #share(topic: TopicRow): void {
    const before = this.#owners.get(topic.id) ?? Array.from({ length: topic.partitions }, () => undefined)
    const subscribed = this.#members.filter((m) => m.topics.some((t) => t.id === topic.id))
    const after = assignPartitions(before, subscribed)
    this.#owners.set(topic.id, after)
    for (const [partition, owner] of after.entries()) {
      const previous = before[partition]
      if (owner === previous) continue
      if (previous) this.#revoke(previous, topic, partition)
      if (!owner) continue
      owner.shares.push({ topic, partition, position: this.#startOf(topic, partition) })
      owner.wake()
    }
  }

  #revoke(member: GroupMember, topic: TopicRow, partition: number): void {
    const at = member.shares.findIndex((s) => s.topic.id === topic.id && s.partition === partition)
    if (at >= 0) member.shares.splice(at, 1)
    member.revoked(topic.name, partition)
  }
}
