// Asks Kafka how far a group has committed and where the partitions of a topic begin and end.
import type { Admin } from 'kafkajs'

export interface PartitionOffsets {
  readonly partition: number
  /** The oldest record that is still there. */
  readonly low: bigint
  /** One after the newest. */
  readonly high: bigint
  /** Where the group goes on; undefined where it never committed. */
  readonly committed: bigint | undefined
}

export async function groupOffsets(
  admin: Admin,
  group: string,
  topic: string,
): Promise<readonly PartitionOffsets[]> {
  const [ends, groups] = await Promise.all([
    admin.fetchTopicOffsets(topic),
    admin.fetchOffsets({ groupId: group, topics: [topic] }),
  ])
  const committed = new Map(
    groups.flatMap(({ partitions }) =>
      partitions.map(({ partition, offset }) => [partition, BigInt(offset)]),
    ),
  )
  return ends.map(({ partition, low, high }) => {
    const at = committed.get(partition)
    return {
      partition,
      low: BigInt(low),
      high: BigInt(high),
      committed: at === undefined || at < 0n ? undefined : at,
    }
  })
}
