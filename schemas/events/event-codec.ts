// Turns an event into the Avro bytes of its topic and back; the same bytes in local and in cluster mode.
import avsc from 'avsc'
import { TOPICS, type Topic } from '../topics.ts'
import { type Event, type EventType, envelopeSchema } from './event-types.ts'

const recordName = (topic: Topic): string =>
  topic.name
    .split(/[.-]/)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('')

/** The Avro schema, as JSON, of the records of a topic. Registered under the subject `<topic>-value`. */
export function topicSchema(topic: Topic): object {
  return envelopeSchema(recordName(topic), topic.events)
}

const plainMillis = avsc.Type.forSchema({ type: 'long' })

const isRecordUnion = (schema: avsc.Schema): boolean =>
  Array.isArray(schema) &&
  schema.every((branch) => typeof branch === 'object' && 'type' in branch && branch.type === 'record')

/**
 * A compiled Avro type for a topic’s records. Timestamps stay plain numbers (milliseconds since 1970, UTC), and the
 * event’s branch is always named, also on a topic that carries one type only.
 */
export function topicType(topic: Topic): avsc.Type {
  return recordType(topicSchema(topic))
}

/** The same for any version of a topic's schema. */
export function recordType(schema: object): avsc.Type {
  return avsc.Type.forSchema(schema as Parameters<typeof avsc.Type.forSchema>[0], {
    typeHook: (schema, options) => {
      if (typeof schema === 'object' && 'logicalType' in schema && schema.logicalType === 'timestamp-millis')
        return plainMillis
      return isRecordUnion(schema) ? new avsc.types.WrappedUnionType(schema, options) : undefined
    },
  })
}

interface Envelope {
  readonly fields: readonly { readonly name: string; readonly type: unknown }[]
}
const dataOf = (schema: object): readonly { readonly name: string }[] => {
  const data = (schema as Partial<Envelope>).fields?.find(({ name }) => name === 'data')?.type
  return Array.isArray(data) ? data : []
}

/**
 * The topic's type with the event types that another version's schema has besides: an older program reads what a newer
 * one writes, and keeps apart the types that it does not know.
 */
export function topicTypeBeside(topic: Topic, other: object): avsc.Type {
  const own = topicSchema(topic) as Envelope
  const known = new Set(dataOf(own).map(({ name }) => name))
  const added = dataOf(other).filter(({ name }) => !known.has(name))
  const fields = own.fields.map((field) =>
    field.name === 'data' ? { ...field, type: [...dataOf(own), ...added] } : field,
  )
  return recordType({ ...own, fields })
}

/** The value that avsc writes: the union branch is named by the full record name. */
export function toAvroValue(event: Event): object {
  const { type, data, ...envelope } = event
  return { ...envelope, data: { [`syntonym.v1.${type}`]: data } }
}

/**
 * The event in a decoded Avro value.
 * @throws {TypeError} when the value is not one of our envelopes.
 */
export function fromAvroValue(value: unknown): Event {
  const { data, ...envelope } = value as { data: Record<string, unknown> }
  const [branch, content] = Object.entries(data ?? {})[0] ?? []
  if (branch === undefined) throw new TypeError('event without data')
  const type = branch.slice(branch.lastIndexOf('.') + 1) as EventType
  return { ...envelope, type, data: content } as unknown as Event
}

/** The topics by name, for those who read several. */
export const topicByName: ReadonlyMap<string, Topic> = new Map(TOPICS.map((t) => [t.name, t]))
