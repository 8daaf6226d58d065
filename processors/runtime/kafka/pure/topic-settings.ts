// Says with which settings a topic is created: copies, how many of them must have a record, and how long it is kept.

/** Structurally the port's plan of a topic. */
interface TopicPlan {
  readonly name: string
  readonly partitions: number
  readonly retention: 'forever' | { readonly days: number }
}

const MS_PER_DAY = 86_400_000
const COPIES = 3

export interface TopicSettings {
  readonly topic: string
  readonly numPartitions: number
  readonly replicationFactor: number
  readonly configEntries: { readonly name: string; readonly value: string }[]
}

/**
 * Three copies where there are three brokers, of which two must have a record before it counts as written, so that
 * one broker may die; `copies` overrides it. On fewer brokers a record is as safe as its one disk.
 */
export function topicSettings(plan: TopicPlan, brokers: number, copies?: number): TopicSettings {
  const replicationFactor = copies ?? Math.min(COPIES, brokers)
  return {
    topic: plan.name,
    numPartitions: plan.partitions,
    replicationFactor,
    configEntries: [
      { name: 'cleanup.policy', value: 'delete' },
      {
        name: 'retention.ms',
        value: plan.retention === 'forever' ? '-1' : String(plan.retention.days * MS_PER_DAY),
      },
      { name: 'retention.bytes', value: '-1' },
      { name: 'min.insync.replicas', value: String(Math.max(1, Math.min(2, replicationFactor - 1))) },
    ],
  }
}
