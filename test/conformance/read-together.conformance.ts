// The sentences that every way of reading decisions and views together keeps.
import { describe, expect, test } from 'vitest'
import type { ReadTogether } from '#runtime/state/read-together.ts'
import type { StateStore } from '#runtime/state/state-store.ts'
import type { Views } from '#runtime/views/views.ts'
import type { Factory } from './reopenable.ts'
import { uniqueName } from './unique-name.ts'

export interface TogetherStores {
  readonly store: StateStore
  readonly views: Views
  readonly together: ReadTogether
}

const ODD = 'say "no" \\ to / Zürich 車\n\u0001\u007f'

export function readTogetherConformance(name: string, factory: Factory<TogetherStores>): void {
  describe(`reading together: ${name}`, () => {
    test('answers entries, documents and counts in the order of the question, nothing for what is not there', async () => {
      await using opened = await factory()
      const { store, views, together } = opened.adapter
      const [key, doc, set] = [uniqueName('k'), uniqueName('d'), uniqueName('s')]
      await store.commit({ puts: [{ key, value: ODD }] })
      await views.apply([
        { do: 'set', doc, fields: { a: ODD, b: '' } },
        { do: 'add', set, member: 'one', score: 1 },
        { do: 'add', set, member: 'two', score: 2 },
      ])
      const question = {
        entries: [uniqueName('k'), key],
        docs: [uniqueName('d'), doc, uniqueName('d')],
        sets: [uniqueName('s'), set],
      }
      expect((await together(question)).read()).toEqual({
        entries: [undefined, await store.get(key)],
        views: { docs: [undefined, { a: ODD, b: '' }, undefined], counts: [0, 2] },
      })
      expect((await store.get(key))?.value).toBe(ODD)
    })

    test('may be asked for one kind of thing alone', async () => {
      await using opened = await factory()
      const { store, together } = opened.adapter
      const key = uniqueName('k')
      await store.commit({ puts: [{ key, value: '1' }] })
      expect((await together({ entries: [], docs: [], sets: [] })).read()).toEqual({
        entries: [],
        views: { docs: [], counts: [] },
      })
      const { entries } = (await together({ entries: [key], docs: [], sets: [] })).read()
      expect(entries).toEqual([await store.get(key)])
    })

    test('whatever changes, the text is another one, where there is a text', async () => {
      await using opened = await factory()
      const { store, views, together } = opened.adapter
      const [key, doc, set] = [uniqueName('k'), uniqueName('d'), uniqueName('s')]
      const textNow = async () => (await together({ entries: [key], docs: [doc], sets: [set] })).text
      const texts = [await textNow()]
      expect(await textNow()).toBe(texts[0])
      const put = () => store.commit({ puts: [{ key, value: 'same' }] })
      const changes = [
        put,
        put,
        () => views.apply([{ do: 'set', doc, fields: { a: '1' } }]),
        () => views.apply([{ do: 'add', set, member: 'm', score: 0 }]),
      ]
      for (const change of changes) {
        await change()
        texts.push(await textNow())
        expect(await textNow()).toBe(texts.at(-1))
      }
      if (texts[0] === undefined) expect(new Set(texts)).toEqual(new Set([undefined]))
      else expect(new Set(texts).size).toBe(texts.length)
    })
  })
}
