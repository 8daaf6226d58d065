// The codec of our events over a registry, as the rooms make it.
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
import { TOPICS } from '#schemas/topics.ts'

export const eventCodec = (registry: SchemaRegistry): RecordCodec<Event> =>
  createRecordCodec({
    registry,
    topics: TOPICS.filter((topic) => topic.events.length > 0).map((topic) => ({
      name: topic.name,
      schemaJson: JSON.stringify(topicSchema(topic)),
      type: topicType(topic),
      typeBeside: (other) => topicTypeBeside(topic, other),
    })),
    toAvro: toAvroValue,
    fromAvro: fromAvroValue,
    describe: (event) => ({
      id: event.event_id,
      type: event.type,
      source: '/syntonym/test',
      timeMs: event.occurred_at_ms,
    }),
  })
