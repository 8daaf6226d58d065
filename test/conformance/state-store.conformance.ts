// The sentences that every decision store keeps, whatever it is made of.
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { StateStore, StepResult } from '#runtime/state/state-store.ts'
import { leaseSentences } from './leases.conformance.ts'
import type { Factory } from './reopenable.ts'
import { uniqueName } from './unique-name.ts'

const fact = (key: string) => ({ topic: 'facts', key, value: Buffer.from(key), headers: { n: key } })
const idsOf = (result: StepResult) => (result.verdict === 'done' ? result.outboxIds : [])

export function stateStoreConformance(name: string, factory: Factory<StateStore>): void {
  describe(`state store: ${name}`, () => {
    entries(factory)
    counters(factory)
    leaseSentences(factory)
    outbox(factory)
  })
}

function entries(factory: Factory<StateStore>): void {
  test('an entry is absent, then has a version that grows with every write', async () => {
    await using store = await factory()
    const key = uniqueName('e')
    expect(await store.adapter.get(key)).toBeUndefined()
    await store.adapter.commit({ puts: [{ key, value: 'a' }] })
    const first = await store.adapter.get(key)
    await store.adapter.commit({ puts: [{ key, value: 'b' }] })
    const second = await store.adapter.get(key)
    expect([first?.value, second?.value]).toEqual(['a', 'b'])
    expect(second?.version).toBeGreaterThan(first?.version ?? Number.NaN)
    expect(first?.version).toBeGreaterThan(0)
  })

  test('of two decisions on the same version one is done and one is a conflict', async () => {
    await using store = await factory()
    const key = uniqueName('e')
    const decide = (value: string) =>
      store.adapter.commit({ checks: [{ key, version: 0 }], puts: [{ key, value }], outbox: [fact(value)] })
    const results = await Promise.all([decide('a'), decide('b'), decide('c')])
    expect(results.map((r) => r.verdict).toSorted()).toEqual(['conflict', 'conflict', 'done'])
    expect(results.filter((r) => r.verdict === 'conflict').every((r) => r.key === key)).toBe(true)
  })

  test('an entry deleted and made again does not look unchanged', async () => {
    await using store = await factory()
    const key = uniqueName('e')
    await store.adapter.commit({ puts: [{ key, value: 'a' }] })
    const seen = await store.adapter.get(key)
    await store.adapter.commit({ deletes: [key] })
    expect(await store.adapter.get(key)).toBeUndefined()
    await store.adapter.commit({ checks: [{ key, version: 0 }], puts: [{ key, value: 'a' }] })
    const stale = await store.adapter.commit({
      checks: [{ key, version: seen?.version ?? 0 }],
      puts: [{ key, value: 'z' }],
    })
    expect(stale.verdict).toBe('conflict')
  })

  test('a refused step writes nothing at all', async () => {
    await using store = await factory()
    const [a, b, counter] = [uniqueName('e'), uniqueName('e'), uniqueName('c')]
    await store.adapter.commit({ puts: [{ key: a, value: '1' }] })
    const before = (await store.adapter.outbox(1_000)).length
    const step = {
      puts: [{ key: b, value: 'x' }],
      deletes: [a],
      adds: [{ counter, delta: 5 }],
      outbox: [fact('never')],
    }
    await store.adapter.commit({ ...step, checks: [{ key: a, version: 0 }] })
    await store.adapter.commit({ ...step, adds: [...step.adds, { counter, delta: -6, min: 0 }] })
    await store.adapter.commit({ ...step, fence: { lease: uniqueName('l'), token: 1 } })
    expect(await store.adapter.getMany([a, b])).toMatchObject([{ value: '1' }, undefined])
    expect(await store.adapter.counter(counter)).toBe(0)
    expect((await store.adapter.outbox(1_000)).length).toBe(before)
  })

  test('an entry with an end is absent after it, and free to be made again', async () => {
    await using store = await factory()
    const key = uniqueName('e')
    await store.adapter.commit({ puts: [{ key, value: 'a', expiresAtMs: Date.now() + 150 }] })
    expect((await store.adapter.get(key))?.value).toBe('a')
    await sleep(250)
    expect(await store.adapter.get(key)).toBeUndefined()
    const again = await store.adapter.commit({ checks: [{ key, version: 0 }], puts: [{ key, value: 'b' }] })
    expect(again.verdict).toBe('done')
  })

  test('what was acknowledged is there after a restart', async () => {
    await using store = await factory()
    const [key, counter] = [uniqueName('e'), uniqueName('c')]
    await store.adapter.commit({
      puts: [{ key, value: 'Zürich 車' }],
      adds: [{ counter, delta: 7 }],
      outbox: [fact(key)],
    })
    const fresh = await store.reopen()
    expect((await fresh.get(key))?.value).toBe('Zürich 車')
    expect(await fresh.counter(counter)).toBe(7)
    expect((await fresh.outbox(1_000)).some((entry) => entry.message.key === key)).toBe(true)
  })
}

function counters(factory: Factory<StateStore>): void {
  test('a counter is never brought below its minimum, however many try at once', async () => {
    await using store = await factory()
    const counter = uniqueName('c')
    await store.adapter.commit({ adds: [{ counter, delta: 10 }] })
    const take = () => store.adapter.commit({ adds: [{ counter, delta: -3, min: 0 }] })
    const verdicts = (await Promise.all(Array.from({ length: 8 }, take))).map((r) => r.verdict)
    expect(verdicts.filter((v) => v === 'done')).toHaveLength(3)
    expect(verdicts.filter((v) => v === 'short')).toHaveLength(5)
    expect(await store.adapter.counter(counter)).toBe(1)
  })

  test('a step that only checks a maximum is refused once the counter has passed it', async () => {
    await using store = await factory()
    const counter = uniqueName('c')
    const key = uniqueName('e')
    const cancel = () =>
      store.adapter.commit({ adds: [{ counter, delta: 0, max: 1 }], puts: [{ key, value: 'cancelled' }] })
    await store.adapter.commit({ adds: [{ counter, delta: 1 }] })
    expect((await cancel()).verdict).toBe('done')
    const seen = await store.adapter.get(key)
    await store.adapter.commit({ adds: [{ counter, delta: 1 }] })
    expect(await cancel()).toEqual({ verdict: 'short', counter })
    expect([await store.adapter.counter(counter), await store.adapter.get(key)]).toEqual([2, seen])
  })

  test('several additions to one counter in a step are one after another', async () => {
    await using store = await factory()
    const counter = uniqueName('c')
    const result = await store.adapter.commit({
      adds: [
        { counter, delta: 4 },
        { counter, delta: -3, min: 0 },
      ],
    })
    expect(result.verdict).toBe('done')
    expect(await store.adapter.counter(counter)).toBe(1)
  })

  test('available + held + spent stay constant and never negative under any mix of holds, captures and releases', async () => {
    await using store = await factory()
    const move = fc.record({
      from: fc.constantFrom('available', 'held'),
      to: fc.constantFrom('available', 'held', 'spent'),
      credits: fc.integer({ min: 0, max: 40 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(move, { maxLength: 40 }), async (moves) => {
        const account = uniqueName('acc')
        const pot = (which: string) => `credits:${account}:${which}`
        await store.adapter.commit({ adds: [{ counter: pot('available'), delta: 100 }] })
        await Promise.all(
          moves.map(({ from, to, credits }) =>
            store.adapter.commit({
              adds: [
                { counter: pot(from), delta: -credits, min: 0 },
                { counter: pot(to), delta: credits },
              ],
            }),
          ),
        )
        const pots = await Promise.all(
          ['available', 'held', 'spent'].map((p) => store.adapter.counter(pot(p))),
        )
        expect(pots.reduce((sum, n) => sum + n, 0)).toBe(100)
        expect(Math.min(...pots)).toBeGreaterThanOrEqual(0)
      }),
      { numRuns: 30 },
    )
  })
}

function outbox(factory: Factory<StateStore>): void {
  test('the outbox keeps the order of the steps and of the facts within a step', async () => {
    await using store = await factory()
    const one = await store.adapter.commit({ outbox: [fact('1'), fact('2')] })
    const two = await store.adapter.commit({ outbox: [fact('3')] })
    const ids = [...idsOf(one), ...idsOf(two)]
    const entries = (await store.adapter.outbox(1_000)).filter((e) => ids.includes(e.id))
    expect(entries.map((e) => e.id)).toEqual(ids)
    expect(entries.map((e) => e.message.key)).toEqual(['1', '2', '3'])
    expect(entries[0]?.message).toMatchObject({ topic: 'facts', headers: { n: '1' } })
    expect(Buffer.from(entries[0]?.message.value ?? []).toString()).toBe('1')
    await store.adapter.removeFromOutbox(ids)
  })

  test('a store keeps its name as long as it keeps what it holds', async () => {
    await using store = await factory()
    const name = await store.adapter.generation()
    await store.adapter.commit({ puts: [{ key: uniqueName('k'), value: 'v' }], outbox: [] })
    expect(await store.adapter.generation()).toBe(name)
    expect(await (await store.reopen()).generation()).toBe(name)
  })

  test('what was removed from the outbox is gone, the rest is still there', async () => {
    await using store = await factory()
    const ids = idsOf(await store.adapter.commit({ outbox: [fact('1'), fact('2'), fact('3')] }))
    await store.adapter.removeFromOutbox(ids.slice(0, 2))
    expect(await store.adapter.stillInOutbox(ids)).toEqual(ids.slice(2))
    await store.adapter.removeFromOutbox(ids)
    expect(await store.adapter.stillInOutbox(ids)).toEqual([])
  })
}
