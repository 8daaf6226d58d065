import { expect, test } from 'vitest'
import { fromAvroValue, toAvroValue, topicType } from '#schemas/events/event-codec.ts'
import type { EventOf } from '#schemas/events/event-types.ts'
import { CREDITS, OUTCOMES, TOPICS } from '#schemas/topics.ts'

test('an event comes back from its Avro bytes as it was', () => {
  const event: EventOf<'TaskFailed'> = {
    event_id: 'e',
    occurred_at_ms: 1764000000000,
    account_id: 'a',
    job_id: 'j',
    type: 'TaskFailed',
    data: { task_id: 't', attempt: 2, code: 'MEDIA_UNREADABLE', detail: 'Zürich ß 車', credit_cost: 3 },
  }
  const type = topicType(OUTCOMES)
  expect(fromAvroValue(type.fromBuffer(type.toBuffer(toAvroValue(event))))).toEqual(event)
})

test('every topic that carries events compiles to an Avro type', () => {
  for (const topic of TOPICS.filter((t) => t.events.length > 0))
    expect(JSON.stringify(topicType(topic).schema())).toContain('event_id')
})

test('an event of a topic that carries one type only comes back as it was', () => {
  const event: EventOf<'CreditsGranted'> = {
    event_id: 'e',
    occurred_at_ms: 1764000000000,
    account_id: 'a',
    job_id: '',
    type: 'CreditsGranted',
    data: { grant_id: 'g', credits: 10 },
  }
  const type = topicType(CREDITS)
  expect(fromAvroValue(type.fromBuffer(type.toBuffer(toAvroValue(event))))).toEqual(event)
})
