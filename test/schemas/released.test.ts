import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type avsc from 'avsc'
import { describe, expect, test } from 'vitest'
import { recordType, topicType } from '#schemas/events/event-codec.ts'
import { TOPICS } from '#schemas/topics.ts'
import { repository } from '#test/e2e/dev-process.ts'

const released = join(repository, 'schemas', 'released')
const versions = readdirSync(released)
const topics = TOPICS.filter(({ events }) => events.length > 0)
const schemaOf = (version: string, topic: string): { fields: object[] } =>
  JSON.parse(readFileSync(join(released, version, `${topic}.avsc`), 'utf8'))

describe.each(versions)('what %s wrote', (version) => {
  test.each(topics.map(({ name }) => name))('on %s can be read today, every event of it', (name) => {
    const topic = topics.find((t) => t.name === name)
    expect(topic).toBeDefined()
    if (topic === undefined) return
    const writer = recordType(schemaOf(version, name))
    const reader = topicType(topic)
    const resolver = reader.createResolver(writer)
    const types = (writer as avsc.types.RecordType).fields.find((field) => field.name === 'data')?.type
    const { types: branches } = types as avsc.types.WrappedUnionType
    expect(branches.length).toBeGreaterThan(0)
    // Branch by branch: avsc's generator may go round in a circle that misses some.
    for (const branch of branches)
      for (let i = 0; i < 40; i += 1) {
        const name = branch.branchName ?? ''
        const value = { ...(writer.random() as object), data: { [name]: branch.random() } } as {
          event_id: string
          data: Record<string, object>
        }
        const read = reader.fromBuffer(writer.toBuffer(value), resolver) as typeof value
        expect(read.event_id).toBe(value.event_id)
        expect(read.data[name]).toMatchObject(value.data[name] ?? {})
      }
  })
})

test('a field without a default, or a type that is gone, would be noticed', () => {
  const [topic] = topics
  const old = schemaOf(versions[0] ?? '', topic?.name ?? '')
  const writer = recordType(old)
  const more = { ...old, fields: [...old.fields, { name: 'new', type: 'string' }] }
  expect(() => recordType(more).createResolver(writer)).toThrow()
  const [first, ...rest] = old.fields
  const other = { ...old, fields: [{ ...first, type: 'long' }, ...rest] }
  expect(() => recordType(other).createResolver(writer)).toThrow()
})
