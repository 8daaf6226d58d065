// The sentences that every decision store keeps, whatever it is made of.
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { StateStore, StepResult } from '#runtime/state/state-store.ts'
import type { Factory } from './reopenable.ts'
import { uniqueName } from './unique-name.ts'

const fact = (key: string) => ({ topic: 'facts', key, value: Buffer.from(key), headers: { n: key } })
const idsOf = (result: StepResult) => (result.verdict === 'done' ? result.outboxIds : [])

export function stateStoreConformance(name: string, factory: Factory<StateStore>): void {
  describe(`state store: ${name}`, () => {
    entries(factory)
    counters(factory)
    leases(factory)
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

function leases(factory: Factory<StateStore>): void {
  test('a lease has one owner until it runs out, and its tokens only grow', async () => {
    await using store = await factory()
    const lease = uniqueName('l')
    const all = await Promise.all(
      ['a', 'b', 'c'].map((owner) => store.adapter.acquireLease(lease, owner, 250)),
    )
    expect(all.map((r) => r.verdict).toSorted()).toEqual(['granted', 'held', 'held'])
    const held = all.find((r) => r.verdict === 'held')
    expect((held?.untilMs ?? 0) - Date.now()).toBeLessThanOrEqual(250)
    await sleep(350)
    const next = await store.adapter.acquireLease(lease, 'd', 10_000)
    const first = all.find((r) => r.verdict === 'granted')
    expect(next.verdict === 'granted' && next.token).toBeGreaterThan(first?.token ?? Number.NaN)
  })

  test('a renewed lease is not free, and a lost one cannot be renewed', async () => {
    await using store = await factory()
    const lease = uniqueName('l')
    const mine = await store.adapter.acquireLease(lease, 'a', 150)
    if (mine.verdict !== 'granted') throw new Error('not granted')
    expect(await store.adapter.renewLease({ lease, token: mine.token }, 400)).toBe('renewed')
    await sleep(200)
    expect((await store.adapter.acquireLease(lease, 'b', 100)).verdict).toBe('held')
    await sleep(300)
    expect((await store.adapter.acquireLease(lease, 'b', 10_000)).verdict).toBe('granted')
    expect(await store.adapter.renewLease({ lease, token: mine.token }, 100)).toBe('lost')
  })

  test('the late write of an owner whose lease went to another is refused', async () => {
    await using store = await factory()
    const [lease, key] = [uniqueName('l'), uniqueName('e')]
    const zombie = await store.adapter.acquireLease(lease, 'a', 50)
    await sleep(100)
    const owner = await store.adapter.acquireLease(lease, 'b', 10_000)
    if (zombie.verdict !== 'granted' || owner.verdict !== 'granted') throw new Error('not granted')
    const write = (token: number, value: string) =>
      store.adapter.commit({ fence: { lease, token }, puts: [{ key, value }] })
    expect(await write(zombie.token, 'late')).toEqual({ verdict: 'fenced', lease })
    expect((await write(owner.token, 'mine')).verdict).toBe('done')
    expect((await store.adapter.get(key))?.value).toBe('mine')
  })

  test('a zombie is refused also after its lease was given back, dropped and taken anew', async () => {
    await using store = await factory()
    const lease = uniqueName('l')
    const zombie = await store.adapter.acquireLease(lease, 'a', 10_000)
    if (zombie.verdict !== 'granted') throw new Error('not granted')
    const late = () => store.adapter.commit({ fence: { lease, token: zombie.token }, puts: [] })
    await store.adapter.releaseLease({ lease, token: zombie.token }, 'finished')
    expect((await late()).verdict).toBe('fenced')
    await store.adapter.dropLease(lease)
    expect((await late()).verdict).toBe('fenced')
    const next = await store.adapter.acquireLease(lease, 'b', 10_000)
    expect(next.verdict === 'granted' && next.token).toBeGreaterThan(zombie.token)
    expect((await late()).verdict).toBe('fenced')
  })

  test('starts count grants that ended in a death, not those handed back; the first grant says that it is', async () => {
    await using store = await factory()
    const lease = uniqueName('l')
    const start = async () => {
      const result = await store.adapter.acquireLease(lease, 'a', 40)
      if (result.verdict !== 'granted') throw new Error('not granted')
      return result
    }
    expect(await start()).toMatchObject({ starts: 1, isFirst: true })
    await sleep(80)
    const second = await start()
    expect(second).toMatchObject({ starts: 2, isFirst: false })
    await store.adapter.releaseLease({ lease, token: second.token }, 'returned')
    const third = await start()
    expect(third).toMatchObject({ starts: 2, isFirst: false })
    await sleep(80)
    const fresh = await store.reopen()
    const fourth = await fresh.acquireLease(lease, 'b', 10_000)
    expect(fourth.verdict === 'granted' && fourth.starts).toBe(3)
    if (fourth.verdict === 'granted') await fresh.releaseLease({ lease, token: fourth.token }, 'finished')
    const fifth = await fresh.acquireLease(lease, 'b', 10_000)
    expect(fifth.verdict === 'granted' && fifth.starts).toBe(1)
  })

  test('giving back a lease with an old token frees nothing', async () => {
    await using store = await factory()
    const lease = uniqueName('l')
    const old = await store.adapter.acquireLease(lease, 'a', 40)
    await sleep(80)
    await store.adapter.acquireLease(lease, 'b', 10_000)
    if (old.verdict === 'granted') await store.adapter.releaseLease({ lease, token: old.token }, 'finished')
    expect((await store.adapter.acquireLease(lease, 'c', 100)).verdict).toBe('held')
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
