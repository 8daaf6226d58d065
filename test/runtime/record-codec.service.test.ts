import avsc from 'avsc'
import { expect, test } from 'vitest'
import { eventCodec } from '#cli/event-codec.ts'
import { createRecordCodec } from '#runtime/bus/record-codec.ts'
import type { SchemaRegistry } from '#runtime/bus/schema-registry.ts'
import { openSqliteSchemaRegistry } from '#runtime/sqlite/sqlite-schema-registry.ts'
import type { EventOf } from '#schemas/events/event-types.ts'
import { OUTCOMES } from '#schemas/topics.ts'
import { onLocalDatabase } from '../conformance/local-adapters.ts'

const openRegistry = () => onLocalDatabase((database) => openSqliteSchemaRegistry({ database }))

const failed: EventOf<'TaskFailed'> = {
  event_id: 'e1',
  occurred_at_ms: 1_764_000_000_000,
  account_id: 'a',
  job_id: 'j',
  type: 'TaskFailed',
  data: { task_id: 't', attempt: 2, code: 'MEDIA_UNREADABLE', detail: 'Zürich ß 車', credit_cost: 3 },
}

interface Point {
  readonly x: number
  readonly y?: number
}
const pointSchema = (fields: object[]) => JSON.stringify({ type: 'record', name: 'Point', fields })
const X = { name: 'x', type: 'int' }
const Y = { name: 'y', type: 'int', default: 7 }

const pointCodec = (registry: SchemaRegistry, fields: object[]) =>
  createRecordCodec<Point>({
    registry,
    topics: [
      {
        name: 'points',
        schemaJson: pointSchema(fields),
        type: avsc.Type.forSchema(JSON.parse(pointSchema(fields))),
      },
    ],
    toAvro: (point) => point,
    // Decoded by the schema above.
    fromAvro: (value) => value as Point,
    describe: () => ({ id: '1', type: 'Point', source: '/test', timeMs: 0 }),
  })

test('an event comes back from its record, which says in its headers what it is', async () => {
  await using store = await openRegistry()
  const codec = eventCodec(store.adapter)
  const message = await codec.encode(OUTCOMES.name, 'j', failed, { traceparent: '00-aa-bb-01' })
  expect(await codec.decode(message)).toEqual(failed)
  expect(message.headers).toEqual({
    traceparent: '00-aa-bb-01',
    'content-type': 'application/vnd.confluent.avro',
    ce_specversion: '1.0',
    ce_id: 'e1',
    ce_type: 'TaskFailed',
    ce_source: 'syntonym',
    ce_time: '2025-11-24T16:00:00.000Z',
  })
})

test('a record begins with the magic byte and the number of its schema, big-endian', async () => {
  await using store = await openRegistry()
  const registry = store.adapter
  const codec = pointCodec(registry, [X])
  const { value } = await codec.encode('points', 'k', { x: 1 })
  const id = await registry.register('points-value', pointSchema([X]))
  expect([...value]).toEqual([0, 0, 0, 0, id, 2])
})

test('a record written with an older schema gets the defaults of the newer one', async () => {
  await using store = await openRegistry()
  const old = await pointCodec(store.adapter, [X]).encode('points', 'k', { x: 5 })
  expect(await pointCodec(store.adapter, [X, Y]).decode(old)).toEqual({ x: 5, y: 7 })
})

test('a record written with a newer schema is read without what the older one does not know', async () => {
  await using store = await openRegistry()
  const fresh = await pointCodec(store.adapter, [X, Y]).encode('points', 'k', { x: 5, y: 9 })
  expect(await pointCodec(store.adapter, [X]).decode(fresh)).toEqual({ x: 5 })
})

test.each([
  ['empty', []],
  ['a wrong magic byte', [1, 0, 0, 0, 1, 2]],
  ['an unknown schema', [0, 0x70, 0, 0, 1, 2]],
  ['a cut body', [0, 0, 0, 0, 1]],
  ['a body that is too long', [0, 0, 0, 0, 1, 2, 2, 2]],
])('a record that does not decode (%s) fails permanently', async (_, bytes) => {
  await using store = await openRegistry()
  const codec = pointCodec(store.adapter, [X])
  await codec.encode('points', 'k', { x: 1 })
  const decoding = codec.decode({ topic: 'points', value: Uint8Array.from(bytes) })
  await expect(decoding).rejects.toMatchObject({ name: 'PermanentFailure', code: 'EVENT_UNREADABLE' })
})

test('a registry that was away for a moment is asked again', async () => {
  await using store = await openRegistry()
  let away = true
  const flaky: SchemaRegistry = {
    register: (subject, json) =>
      away ? Promise.reject(new Error('away')) : store.adapter.register(subject, json),
    schemaById: (id) => store.adapter.schemaById(id),
  }
  const codec = pointCodec(flaky, [X])
  await expect(codec.encode('points', 'k', { x: 1 })).rejects.toThrow('away')
  away = false
  expect(await codec.decode(await codec.encode('points', 'k', { x: 1 }))).toEqual({ x: 1 })
})
