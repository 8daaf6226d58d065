// Writes the AsyncAPI document of the bus from the schemas: every topic, its key, and the Avro of what it carries.
import { topicSchema } from './events/event-codec.ts'
import { TOPICS, type Topic } from './topics.ts'

/** How Avro 1.9 and later is named. https://www.asyncapi.com/docs/reference/specification/v3.0.0#multiFormatSchemaObject */
const AVRO = 'application/vnd.apache.avro+json;version=1.9.0'

const KEYS: Readonly<Record<Topic['key'], string>> = {
  job_id: 'The job: all facts of a job are in one partition, in their order.',
  task_id: 'The task; of a request for a hand at a film, its own id.',
  account_id: 'The account.',
  origin: 'Topic and key of the record that could not be handled.',
}

const text = (description: string) => ({ type: 'string', description })

const cloudEventHeaders = {
  type: 'object',
  description: 'CloudEvents 1.0, binary content mode, and W3C Trace Context.',
  required: ['ce_specversion', 'ce_id', 'ce_type', 'ce_source', 'ce_time', 'content-type'],
  properties: {
    ce_specversion: { type: 'string', const: '1.0' },
    ce_id: text('The same for every repetition of the event: derived from its cause.'),
    ce_type: text('The event’s name, the branch of the union in the value.'),
    ce_source: { type: 'string', const: 'syntonym' },
    ce_time: { type: 'string', format: 'date-time' },
    'content-type': { type: 'string', const: 'application/vnd.confluent.avro' },
    traceparent: text('The trace that caused the event, where there is one.'),
  },
}

const deadLetterHeaders = {
  type: 'object',
  required: [
    'x-error',
    'x-attempts',
    'x-original-topic',
    'x-original-partition',
    'x-original-offset',
    'x-original-key',
  ],
  properties: {
    'x-error': text('Code of docs/failures.md.'),
    'x-error-detail': text('For a person.'),
    'x-attempts': text('Tries that failed.'),
    'x-original-topic': text('Where it came from.'),
    'x-original-partition': text('A number.'),
    'x-original-offset': text('A number.'),
    'x-original-key': text('The record’s key there.'),
  },
}

const channelId = (topic: Topic): string => topic.name.replaceAll(/[.-]/g, '_')

function message(topic: Topic): object {
  const bindings = {
    kafka: { key: text(KEYS[topic.key]), schemaIdLocation: 'payload', bindingVersion: '0.5.0' },
  }
  if (topic.events.length === 0)
    return {
      name: 'DeadLetter',
      title: 'A record that could not be handled, its value untouched',
      contentType: 'application/octet-stream',
      headers: deadLetterHeaders,
      payload: { description: 'The bytes of the original record.' },
      bindings,
    }
  return {
    name: `${channelId(topic)}_record`,
    title: topic.events.join(', '),
    contentType: 'application/vnd.confluent.avro',
    headers: cloudEventHeaders,
    payload: { schemaFormat: AVRO, schema: topicSchema(topic) },
    bindings,
  }
}

function channel(topic: Topic): object {
  const days = topic.retention === 'forever' ? undefined : topic.retention.days
  return {
    address: topic.name,
    title: topic.name,
    description:
      days === undefined ? 'Kept for ever: views and ledger are built from it.' : `Kept for ${days} days.`,
    messages: { record: message(topic) },
    bindings: {
      kafka: {
        topic: topic.name,
        partitions: topic.partitions,
        topicConfiguration: {
          'cleanup.policy': ['delete'],
          'retention.ms': days === undefined ? -1 : days * 86_400_000,
        },
        bindingVersion: '0.5.0',
      },
    },
  }
}

/** An AsyncAPI 3 document as JSON. */
export function asyncApiDocument(version: string): object {
  const channels = Object.fromEntries(TOPICS.map((topic) => [channelId(topic), channel(topic)]))
  const operations = Object.fromEntries(
    TOPICS.map((topic) => [
      `send_${channelId(topic)}`,
      {
        action: 'send',
        channel: { $ref: `#/channels/${channelId(topic)}` },
        messages: [{ $ref: `#/channels/${channelId(topic)}/messages/record` }],
      },
    ]),
  )
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Syntonym events',
      version,
      description:
        'What the service says on Kafka. Values are Avro in Confluent framing (subject <topic>-value, BACKWARD). ' +
        'Records may come twice: ce_id tells. New event types may come: skip what you do not know.',
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/vnd.confluent.avro',
    channels,
    operations,
  }
}
