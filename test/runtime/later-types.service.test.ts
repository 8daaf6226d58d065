// What a newer version of the program writes, read by this one: known types as they are, unknown ones kept apart.

import avsc from 'avsc'
import { expect, test } from 'vitest'
import { eventCodec } from '#cli/event-codec.ts'
import { viewWrites } from '#projection/pure/fold.ts'
import { decisionRebuild } from '#projection/pure/rebuilt-decisions.ts'
import { frame } from '#runtime/bus/pure/confluent-frame.ts'
import { openSqliteSchemaRegistry } from '#runtime/sqlite/sqlite-schema-registry.ts'
import { recordType, topicSchema } from '#schemas/events/event-codec.ts'
import { OUTCOMES } from '#schemas/topics.ts'
import { onLocalDatabase } from '../conformance/local-adapters.ts'

interface Envelope {
  readonly fields: readonly { readonly name: string; readonly type: unknown }[]
}
const PRAISED = { type: 'record', name: 'TaskPraised', fields: [{ name: 'stars', type: 'int' }] }

/** The outcomes of a version that also knows praise. */
function laterSchema(added: readonly object[] = [PRAISED]): object {
  const now = topicSchema(OUTCOMES) as Envelope
  const fields = now.fields.map((field) =>
    field.name === 'data' ? { ...field, type: [...(field.type as object[]), ...added] } : field,
  )
  return { ...now, fields }
}

const envelope = { event_id: 'e', occurred_at_ms: 5, account_id: 'a', job_id: 'j' }

async function written(data: object, schema = laterSchema()) {
  const opened = await onLocalDatabase((database) => openSqliteSchemaRegistry({ database }))
  const registry = opened.adapter
  const id = await registry.register(`${OUTCOMES.name}-value`, JSON.stringify(schema))
  const value = frame(id, recordType(schema).toBuffer({ ...envelope, data }))
  return { codec: eventCodec(registry), record: { topic: OUTCOMES.name, value }, opened }
}

test('a known type in a record of a later version is read as ever', async () => {
  const started = { task_id: 't', attempt: 3 }
  const { codec, record, opened } = await written({ 'syntonym.v1.TaskStarted': started })
  await using _opened = opened
  expect(await codec.decode(record)).toEqual({ ...envelope, type: 'TaskStarted', data: started })
})

test('a type that only the later version knows is read, changes nothing here, and stays on the log', async () => {
  const { codec, record, opened } = await written({ 'syntonym.v1.TaskPraised': { stars: 5 } })
  await using _opened = opened
  const event = await codec.decode(record)
  expect(event).toMatchObject({ type: 'TaskPraised', data: { stars: 5 } })
  expect(viewWrites(event)).toEqual([])
  const rebuilt = decisionRebuild()
  expect([...rebuilt.ofJobs(event), ...rebuilt.ofOutcomes(event)]).toEqual([])
})

test('a schema that is none of ours stays unreadable, whatever it brings besides', async () => {
  const foreign = { ...laterSchema(), name: 'Other', fields: [{ name: 'event_id', type: 'string' }] }
  const opened = await onLocalDatabase((database) => openSqliteSchemaRegistry({ database }))
  await using _opened = opened
  const id = await opened.adapter.register('other-value', JSON.stringify(foreign))
  const value = frame(id, avsc.Type.forSchema(foreign as avsc.Schema).toBuffer({ event_id: 'e' }))
  const decoding = eventCodec(opened.adapter).decode({ topic: OUTCOMES.name, value })
  await expect(decoding).rejects.toMatchObject({ code: 'EVENT_UNREADABLE' })
})
