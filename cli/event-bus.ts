// What every mode says of the bus: the codec of our events, the groups whose lag is watched, and how the stores are asked.
import { EXTRACTOR_GROUPS } from '#extractor/extractor.ts'
import { PROJECTION_GROUP } from '#projection/projection.ts'
import { createRecordCodec, type RecordCodec } from '#runtime/bus/record-codec.ts'
import type { SchemaRegistry } from '#runtime/bus/schema-registry.ts'
import type { ReadinessCheck } from '#runtime/service/operations-server.ts'
import {
  fromAvroValue,
  toAvroValue,
  topicSchema,
  topicType,
  topicTypeBeside,
} from '#schemas/events/event-codec.ts'
import type { Event } from '#schemas/events/event-types.ts'
import { FILM_TASKS, JOBS, OUTCOMES, PICTURE_TASKS, TOPICS, type Topic } from '#schemas/topics.ts'
import type { Shared } from './rooms.ts'

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

export const WATCHED_GROUPS = [
  { group: PROJECTION_GROUP, topic: JOBS.name },
  { group: PROJECTION_GROUP, topic: OUTCOMES.name },
  { group: 'syntonym.anonymizer.pictures', topic: PICTURE_TASKS.name },
  { group: 'syntonym.anonymizer.films', topic: FILM_TASKS.name },
  ...EXTRACTOR_GROUPS,
]

/** Nothing lies under this name: the question is whether the store answers. */
const PROBE = 'health/probe'

export const dependencies = ({ store, views, objects, bus }: Shared['stores']): readonly ReadinessCheck[] => [
  { name: 'bus', check: async () => void (await bus.lag(PROJECTION_GROUP, OUTCOMES.name)) },
  { name: 'decisions', check: async () => void (await store.get(PROBE)) },
  { name: 'views', check: async () => void (await views.read(PROBE)) },
  { name: 'objects', check: async () => void (await objects.stat(PROBE)) },
]
