// The sentences about leases that every decision store keeps: one owner at a time, tokens that only grow, starts counted.
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { StateStore } from '#runtime/state/state-store.ts'
import type { Factory } from './reopenable.ts'
import { uniqueName } from './unique-name.ts'

export function leaseSentences(factory: Factory<StateStore>): void {
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

  test('a grant says whether it is the first, and brings entries as they stand', async () => {
    await using store = await factory()
    const [lease, key] = [uniqueName('l'), uniqueName('e')]
    const acquire = () => store.adapter.acquireLease(lease, 'a', 40, [uniqueName('e'), key])
    expect(await acquire()).toMatchObject({ isFirst: true, entries: [undefined, undefined] })
    await store.adapter.commit({ puts: [{ key, value: 'v' }] })
    const entry = await store.adapter.get(key)
    await sleep(80)
    const second = await acquire()
    expect(second).toMatchObject({ isFirst: false, entries: [undefined, entry] })
    if (second.verdict === 'granted')
      await store.adapter.releaseLease({ lease, token: second.token }, 'returned')
    expect(await acquire()).toMatchObject({ isFirst: false })
    await store.adapter.dropLease(lease)
    expect(await acquire()).toMatchObject({ isFirst: true, starts: 1 })
  })

  test('a step that ends its lease forgets it, and one that is refused does not', async () => {
    await using store = await factory()
    const [lease, key] = [uniqueName('l'), uniqueName('e')]
    const mine = await store.adapter.acquireLease(lease, 'a', 10_000)
    if (mine.verdict !== 'granted') throw new Error('not granted')
    const fence = { lease, token: mine.token }
    const checks = [{ key, version: 7 }]
    const ending = { fence, endsLease: true, puts: [{ key, value: 'end' }] }
    expect((await store.adapter.commit({ ...ending, checks })).verdict).toBe('conflict')
    expect((await store.adapter.acquireLease(lease, 'b', 100)).verdict).toBe('held')
    expect((await store.adapter.commit(ending)).verdict).toBe('done')
    expect((await store.adapter.commit(ending)).verdict).toBe('fenced')
    const next = await store.adapter.acquireLease(lease, 'b', 10_000)
    expect(next).toMatchObject({ verdict: 'granted', starts: 1, isFirst: true })
    expect(next.verdict === 'granted' && next.token).toBeGreaterThan(mine.token)
  })

  test('starts count grants that ended in a death, not those handed back', async () => {
    await using store = await factory()
    const lease = uniqueName('l')
    const start = async () => {
      const result = await store.adapter.acquireLease(lease, 'a', 40)
      if (result.verdict !== 'granted') throw new Error('not granted')
      return result
    }
    expect((await start()).starts).toBe(1)
    await sleep(80)
    const second = await start()
    expect(second.starts).toBe(2)
    await store.adapter.releaseLease({ lease, token: second.token }, 'returned')
    const third = await start()
    expect(third.starts).toBe(2)
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
