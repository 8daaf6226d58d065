// The sentences that every schema registry keeps, whatever it is made of.
import { describe, expect, test } from 'vitest'
import type { SchemaRegistry } from '#runtime/bus/schema-registry.ts'
import { PermanentFailure } from '#runtime/failure.ts'
import type { Factory } from './reopenable.ts'
import { uniqueName } from './unique-name.ts'

const schema = (field: string) =>
  JSON.stringify({
    type: 'record',
    name: 'R',
    fields: [{ name: field, type: 'string', default: '' }],
  })

export function schemaRegistryConformance(name: string, factory: Factory<SchemaRegistry>): void {
  describe(`schema registry: ${name}`, () => {
    test('the same text has the same number, after a restart and for several at once', async () => {
      await using store = await factory()
      const subject = `${uniqueName('topic')}-value`
      const numbers = await Promise.all([1, 2, 3].map(() => store.adapter.register(subject, schema('a'))))
      expect(new Set(numbers).size).toBe(1)
      const fresh = await store.reopen()
      expect(await fresh.register(subject, schema('a'))).toBe(numbers[0])
    })

    test('another text has another number, and each number gives its text', async () => {
      await using store = await factory()
      const subject = `${uniqueName('topic')}-value`
      const a = await store.adapter.register(subject, schema('a'))
      const both = JSON.stringify({
        type: 'record',
        name: 'R',
        fields: ['a', 'b'].map((field) => ({ name: field, type: 'string', default: '' })),
      })
      const b = await store.adapter.register(subject, both)
      expect(b).not.toBe(a)
      expect(JSON.parse(await store.adapter.schemaById(a))).toEqual(JSON.parse(schema('a')))
      expect(JSON.parse(await store.adapter.schemaById(b))).toEqual(JSON.parse(both))
    })

    test('an unknown number is a permanent failure', async () => {
      await using store = await factory()
      const failing = store.adapter.schemaById(2_000_000_000)
      await expect(failing).rejects.toBeInstanceOf(PermanentFailure)
      await expect(failing).rejects.toMatchObject({ code: 'EVENT_UNREADABLE' })
    })
  })
}
