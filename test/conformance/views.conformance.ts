// The sentences that every view store keeps, whatever it is made of.
import { describe, expect, test } from 'vitest'
import type { Views, Write } from '#runtime/views/views.ts'
import type { Factory } from './reopenable.ts'
import { uniqueName } from './unique-name.ts'

export function viewsConformance(name: string, factory: Factory<Views>): void {
  describe(`views: ${name}`, () => {
    test('fields set by different writes make one document', async () => {
      await using store = await factory()
      const doc = uniqueName('d')
      expect(await store.adapter.read(doc)).toBeUndefined()
      await store.adapter.apply([
        { do: 'set', doc, fields: { a: '1', b: 'Zürich 車' } },
        { do: 'set', doc, fields: { c: '' } },
      ])
      await store.adapter.apply([{ do: 'set', doc, fields: { a: '2' } }])
      expect(await store.adapter.read(doc)).toEqual({ a: '2', b: 'Zürich 車', c: '' })
      const fresh = await store.reopen()
      expect(await fresh.readMany([uniqueName('d'), doc])).toEqual([
        undefined,
        { a: '2', b: 'Zürich 車', c: '' },
      ])
    })

    test('max keeps the larger number, in whatever order and notation they come', async () => {
      await using store = await factory()
      const doc = uniqueName('d')
      for (const value of [9, 1_764_000_000_123, 10, 0.5])
        await store.adapter.apply([{ do: 'max', doc, field: 'm', value }])
      expect(await store.adapter.read(doc)).toEqual({ m: '1764000000123' })
      await store.adapter.apply([{ do: 'max', doc, field: 'n', value: -5 }])
      await store.adapter.apply([{ do: 'max', doc, field: 'n', value: -7 }])
      expect((await store.adapter.read(doc))?.n).toBe('-5')
    })

    test('latest keeps the value of the highest order, and of equal orders the same one always', async () => {
      await using store = await factory()
      const writes = [
        { value: 'old', order: 1.25 },
        { value: 'new', order: 3.5 },
        { value: 'twin', order: 3.5 },
        { value: 'mid', order: 2 },
      ]
      const ends: (string | undefined)[] = []
      for (const order of [writes, writes.toReversed()]) {
        const doc = uniqueName('d')
        for (const w of order) await store.adapter.apply([{ do: 'latest', doc, field: 'f', ...w }])
        ends.push((await store.adapter.read(doc))?.f)
      }
      expect(ends).toEqual(['twin', 'twin'])
    })

    test('a member added twice counts once', async () => {
      await using store = await factory()
      const set = uniqueName('s')
      const add = (member: string, score: number): Write => ({ do: 'add', set, member, score })
      await store.adapter.apply([add('a', 1), add('b', 2), add('a', 1)])
      await store.adapter.apply([add('b', 2)])
      expect(await store.adapter.count(set)).toBe(2)
      expect(await store.adapter.count(uniqueName('s'))).toBe(0)
      expect(await store.adapter.countMany([uniqueName('s'), set])).toEqual([0, 2])
      expect(await store.adapter.countMany([])).toEqual([])
    })

    test('members come by score, then by name, in pages without gap or repetition, both ways', async () => {
      await using store = await factory()
      const set = uniqueName('s')
      const all = Array.from({ length: 25 }, (_, i) => ({
        member: `m${i % 10}-${i}`,
        score: Math.floor(i / 4),
      }))
      await store.adapter.apply(all.map((m): Write => ({ do: 'add', set, ...m })))
      const sorted = all.toSorted((a, b) => a.score - b.score || (a.member < b.member ? -1 : 1))
      for (const order of ['up', 'down'] as const) {
        const paged = []
        let page = await store.adapter.members(set, { order, limit: 7 })
        while (page.length > 0) {
          paged.push(...page)
          const after = page.at(-1)
          page = after ? await store.adapter.members(set, { order, limit: 7, after }) : []
        }
        expect(paged).toEqual(order === 'up' ? sorted : sorted.toReversed())
      }
    })

    test('dropping removes documents, sets and single members, and nothing else', async () => {
      await using store = await factory()
      const [gone, kept, goneSet, keptSet] = ['d', 'd', 's', 's'].map(uniqueName) as [
        string,
        string,
        string,
        string,
      ]
      await store.adapter.apply([
        { do: 'set', doc: gone, fields: { a: '1' } },
        { do: 'max', doc: gone, field: 'm', value: 4 },
        { do: 'set', doc: kept, fields: { a: '1' } },
        ...[goneSet, keptSet].flatMap((set): Write[] => [
          { do: 'add', set, member: 'x', score: 1 },
          { do: 'add', set, member: 'y', score: 2 },
        ]),
      ])
      await store.adapter.drop([gone], [goneSet], [{ set: keptSet, member: 'x' }])
      expect(await store.adapter.readMany([gone, kept])).toEqual([undefined, { a: '1' }])
      expect(await store.adapter.count(goneSet)).toBe(0)
      expect(await store.adapter.members(keptSet, { order: 'up', limit: 9 })).toEqual([
        { member: 'y', score: 2 },
      ])
    })
  })
}
