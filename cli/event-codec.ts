// Says how the events of every topic are written and read, and under which subject each topic's schema is registered.
import { createRecordCodec, type RecordCodec } from '#runtime/bus/record-codec.ts'
import type { SchemaRegistry } from '#runtime/bus/schema-registry.ts'
import {
  fromAvroValue,
  toAvroValue,
  topicSchema,
  topicType,
  topicTypeBeside,
} from '#schemas/events/event-codec.ts'
import type { Event } from '#schemas/events/event-types.ts'
import { TOPICS, type Topic } from '#schemas/topics.ts'

/** Topics whose records are events of ours; dead letters are other topics' records. */
export const EVENT_TOPICS: readonly Topic[] = TOPICS.filter((topic) => topic.events.length > 0)

export const subjectOf = (topic: Topic): string => `${topic.name}-value`
export const schemaJsonOf = (topic: Topic): string => JSON.stringify(topicSchema(topic))

export const eventCodec = (registry: SchemaRegistry): RecordCodec<Event> =>
  createRecordCodec<Event>({
    registry,
    topics: EVENT_TOPICS.map((topic) => ({
      name: topic.name,
      schemaJson: schemaJsonOf(topic),
      type: topicType(topic),
      typeBeside: (other) => topicTypeBeside(topic, other),
    })),
    toAvro: toAvroValue,
    fromAvro: fromAvroValue,
    describe: (event) => ({
      id: event.event_id,
      type: event.type,
      source: 'syntonym',
      timeMs: event.occurred_at_ms,
    }),
  })
