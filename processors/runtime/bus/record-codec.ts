// Turns events into bus records and back: Avro with Confluent framing, CloudEvents headers, older schemas resolved.
import avsc from 'avsc'
import { PermanentFailure } from '../failure.ts'
import { traceHeaders } from '../trace.ts'
import type { BusMessage, BusRecord } from './bus.ts'
import { frame, unframe } from './pure/confluent-frame.ts'
import type { SchemaRegistry } from './schema-registry.ts'

export interface CodecTopic {
  readonly name: string
  /** The schema this program writes and reads with, as JSON text. */
  readonly schemaJson: string
  /** The same schema, compiled. */
  readonly type: avsc.Type
  /** The same with what another version's schema has besides, for records whose kinds this program may not know. */
  readonly typeBeside?: (other: object) => avsc.Type
}
/** What the CloudEvents headers say of an event. https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md */
export interface EventFacts {
  readonly id: string
  readonly type: string
  readonly source: string
  /** Milliseconds since 1970, UTC. */
  readonly timeMs: number
}

export interface RecordCodec<E> {
  /** `headers` go with the record unchanged, `traceparent` among them. @throws {TransientFailure} STORE_UNAVAILABLE */
  encode(
    topic: string,
    key: string,
    event: E,
    headers?: Readonly<Record<string, string>>,
  ): Promise<BusMessage>
  /** @throws {PermanentFailure} EVENT_UNREADABLE; {TransientFailure} STORE_UNAVAILABLE */
  decode(record: Pick<BusRecord, 'topic' | 'value'>): Promise<E>
}

const unreadable = (detail: string, cause?: unknown) =>
  new PermanentFailure('EVENT_UNREADABLE', detail, { cause })

const asBuffer = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

const cloudEventHeaders = (facts: EventFacts): Record<string, string> => ({
  'content-type': 'application/vnd.confluent.avro',
  ce_specversion: '1.0',
  ce_id: facts.id,
  ce_type: facts.type,
  ce_source: facts.source,
  ce_time: new Date(facts.timeMs).toISOString(),
})

/** Asks once for each key; a failed answer is asked for again. */
function remembered<K, V>(ask: (key: K) => Promise<V>): (key: K) => Promise<V> {
  const answers = new Map<K, Promise<V>>()
  return (key) => {
    const known = answers.get(key)
    if (known) return known
    const answer = ask(key)
    answers.set(key, answer)
    answer.catch(() => answers.delete(key))
    return answer
  }
}

/** One topic: its own schema's number, and how to read what was written with another one. */
function topicCodec(topic: CodecTopic, registry: SchemaRegistry) {
  const ownId = remembered((_: 'own') => registry.register(`${topic.name}-value`, topic.schemaJson))
  const reading = (type: avsc.Type, writer: avsc.Type) => ({ type, resolver: type.createResolver(writer) })
  const reader = remembered(async (schemaId: number) => {
    const text = await registry.schemaById(schemaId)
    try {
      const schema: object = JSON.parse(text)
      const writer = avsc.Type.forSchema(schema as avsc.Schema)
      try {
        return reading(topic.type, writer)
      } catch (cause) {
        if (topic.typeBeside === undefined) throw cause
        return reading(topic.typeBeside(schema), writer)
      }
    } catch (cause) {
      throw unreadable(`Schema ${schemaId} cannot be read as the schema of ${topic.name}.`, cause)
    }
  })
  return {
    async encode(value: object): Promise<Uint8Array> {
      return frame(await ownId('own'), topic.type.toBuffer(value))
    },
    async decode(value: Uint8Array): Promise<unknown> {
      const framed = unframe(value)
      if (framed.verdict === 'unframed') throw unreadable(framed.reason)
      const isOwn = framed.schemaId === (await ownId('own'))
      const { type, resolver } = isOwn
        ? { type: topic.type, resolver: undefined }
        : await reader(framed.schemaId)
      try {
        return type.fromBuffer(asBuffer(framed.body), resolver)
      } catch (cause) {
        throw unreadable('The record does not hold what its schema says.', cause)
      }
    },
  }
}

/**
 * The codec of the given topics; schemas are registered when first needed.
 * `toAvro` and `fromAvro` turn an event into the value that avsc writes and back.
 */
export function createRecordCodec<E>(options: {
  registry: SchemaRegistry
  topics: readonly CodecTopic[]
  toAvro: (event: E) => object
  fromAvro: (value: unknown) => E
  describe: (event: E) => EventFacts
}): RecordCodec<E> {
  const codecs = new Map(options.topics.map((topic) => [topic.name, topicCodec(topic, options.registry)]))
  const codecOf = (topic: string) => {
    const codec = codecs.get(topic)
    if (codec === undefined) throw new Error(`The topic ${topic} has no codec here.`)
    return codec
  }

  return {
    async encode(topic, key, event, headers = {}) {
      const value = await codecOf(topic).encode(options.toAvro(event))
      const facts = cloudEventHeaders(options.describe(event))
      return { topic, key, value, headers: { ...traceHeaders(), ...headers, ...facts } }
    },
    async decode(record) {
      const value = await codecOf(record.topic).decode(record.value)
      try {
        return options.fromAvro(value)
      } catch (cause) {
        throw unreadable('The record is not one of our events.', cause)
      }
    },
  }
}
