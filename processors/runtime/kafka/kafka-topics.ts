// Creates the topics that are missing, as an explicit step, and says which are missing or smaller than planned.
import type { Admin } from 'kafkajs'
import type { TopicPlan } from '../bus/bus.ts'
import { kafkaFailure } from './kafka-failure.ts'
import { topicSettings } from './pure/topic-settings.ts'

export type TopicState =
  | { readonly topic: string; readonly state: 'created' | 'there' }
  | { readonly topic: string; readonly state: 'missing' }
  | {
      readonly topic: string
      readonly state: 'other-partitions'
      readonly partitions: number
      readonly planned: number
    }

const CREATE_MS = 20_000

/** How each planned topic is, in the order of the plans. @throws {TransientFailure} STORE_UNAVAILABLE */
export async function inspectTopics(
  admin: Admin,
  plans: readonly TopicPlan[],
): Promise<readonly TopicState[]> {
  try {
    const there = new Set(await admin.listTopics())
    const known = plans.filter(({ name }) => there.has(name)).map(({ name }) => name)
    const { topics } = known.length === 0 ? { topics: [] } : await admin.fetchTopicMetadata({ topics: known })
    const partitions = new Map(topics.map((topic) => [topic.name, topic.partitions.length]))
    return plans.map(({ name: topic, partitions: planned }) => {
      const found = partitions.get(topic)
      if (found === undefined) return { topic, state: 'missing' }
      return found === planned
        ? { topic, state: 'there' }
        : { topic, state: 'other-partitions', partitions: found, planned }
    })
  } catch (error) {
    throw kafkaFailure(error)
  }
}

/**
 * Creates those that are missing; another process may do the same at the same time. `copies`: of each record.
 * @throws {TransientFailure} STORE_UNAVAILABLE
 */
export async function createTopics(
  admin: Admin,
  plans: readonly TopicPlan[],
  copies?: number,
): Promise<readonly TopicState[]> {
  const before = await inspectTopics(admin, plans)
  const missing = plans.filter((_, i) => before[i]?.state === 'missing')
  if (missing.length === 0) return before
  try {
    const { brokers } = await admin.describeCluster()
    await admin.createTopics({
      topics: missing.map((plan) => topicSettings(plan, brokers.length, copies)),
      waitForLeaders: true,
      timeout: CREATE_MS,
    })
  } catch (error) {
    throw kafkaFailure(error)
  }
  const after = await inspectTopics(admin, plans)
  return after.map((state, i) =>
    before[i]?.state === 'missing' && state.state === 'there' ? { ...state, state: 'created' } : state,
  )
}
