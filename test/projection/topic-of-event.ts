// Which topic an event type travels on, for tests that publish facts themselves.
import type { EventType } from '#schemas/events/event-types.ts'
import { TOPICS } from '#schemas/topics.ts'

/** Of several topics the first one; the projection reads facts only. */
export const TOPIC_OF_EVENT: Readonly<Record<EventType, string>> = Object.fromEntries(
  TOPICS.toReversed().flatMap((topic) => topic.events.map((type) => [type, topic.name])),
  // Every event type has a topic.
) as Record<EventType, string>
