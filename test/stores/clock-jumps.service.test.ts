// Clocks that jump, ours or the store's: work waits a little longer or is begun again, and nobody works twice for it.
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from 'redis'
import { expect, test } from 'vitest'
import { takeTaskLease } from '#anonymizer/task/task-lease.ts'
import { takeLease } from '#extractor/job/hold-lease.ts'
import { startRelay } from '#runtime/pump/relay.ts'
import type { StateStore } from '#runtime/state/state-store.ts'
import { taskLease } from '#schemas/state-keys.ts'
import { FAST } from '../anonymizer/fixtures/task-bench.ts'
import { beginEmpty } from '../conformance/redis-adapters.ts'
import { keptLog } from '../runtime/silent.ts'
import { withServices } from '../services/with-services.ts'
import { openStoreWorld, type StoreWorld } from './store-world.ts'

const HOUR_MS = 3_600_000
const AHEAD = { now: () => Date.now() + HOUR_MS }

/** As if the server's clock had been set back: the lease ends an hour later than it should. */
async function setBack({ url, redis }: StoreWorld, lease: string): Promise<void> {
  const client = createClient({ url })
  await client.connect()
  const [key] = await client.keys(`${redis.keyPrefix}decisions:*:l:${lease}`)
  await client.hIncrBy(key ?? '', 'until_ms', HOUR_MS)
  client.destroy()
}

/** The store, and how often a lease was asked for. */
function counted(store: StateStore) {
  let asked = 0
  const acquireLease: StateStore['acquireLease'] = (...args) => {
    asked += 1
    return store.acquireLease(...args)
  }
  return { store: { ...store, acquireLease }, asked: () => asked }
}

await withServices(['valkey'], ({ valkey }) => {
  test('a store whose clock was set back lets nobody wait longer than a lease lasts, and the old owner is fenced', async () => {
    await using world = await openStoreWorld(valkey.addresses.url)
    await beginEmpty(world.redis)
    const dead = await world.store.acquireLease('task:t', 'dead', 300)
    await setBack(world, 'task:t')
    const held = await world.store.acquireLease('task:t', 'next', 300)
    expect(held.verdict === 'held' && held.untilMs - Date.now()).toBeLessThan(1_000)
    await sleep(400)
    const next = await world.store.acquireLease('task:t', 'next', 300)
    expect(next.verdict).toBe('granted')
    const token = dead.verdict === 'granted' ? dead.token : 0
    const late = await world.store.commit({ fence: { lease: 'task:t', token }, puts: [] })
    expect(late.verdict).toBe('fenced')
  })

  test('an owner that lives keeps its lease over such a jump', async () => {
    await using world = await openStoreWorld(valkey.addresses.url)
    await beginEmpty(world.redis)
    const mine = await world.store.acquireLease('task:t', 'me', 300)
    await setBack(world, 'task:t')
    for (let n = 0; n < 5; n += 1) {
      const fence = { lease: 'task:t', token: mine.verdict === 'granted' ? mine.token : 0 }
      expect(await world.store.renewLease(fence, 300)).toBe('renewed')
      expect((await world.store.acquireLease('task:t', 'other', 300)).verdict).toBe('held')
      await sleep(100)
    }
  })

  test('a relay whose own clock jumps back stays the one owner', async () => {
    await using world = await openStoreWorld(valkey.addresses.url)
    await beginEmpty(world.redis)
    let jumpMs = 0
    await using _relay = startRelay({
      ...{ store: world.store, bus: { publish: async () => undefined }, lease: 'relay', owner: 'me' },
      ...{ leaseTtlMs: 300, pollMs: 20, batch: 10, clock: { now: () => Date.now() - jumpMs } },
      ...{ log: keptLog(), metrics: { relayed: () => undefined }, signal: new AbortController().signal },
    })
    await sleep(100)
    jumpMs = HOUR_MS
    for (let n = 0; n < 8; n += 1) {
      expect((await world.store.acquireLease('relay', 'other', 300)).verdict).toBe('held')
      await sleep(100)
    }
  })

  test('a process whose clock is an hour ahead waits for a lease without asking all the time', async () => {
    await using world = await openStoreWorld(valkey.addresses.url)
    await beginEmpty(world.redis)
    const { store, asked } = counted(world.store)
    const timing = { ...FAST, pollMs: 100 }
    const ports = { store, clock: AHEAD, owner: 'ahead', timing }
    await store.acquireLease(taskLease('t'), 'other', 400)
    await takeTaskLease(ports, { jobId: 'j', taskId: 't', kind: 'picture' }, new AbortController().signal)
    await store.acquireLease('extract:j', 'other', 400)
    const { signal } = new AbortController()
    await takeLease(ports, 'extract:j', { isDone: async () => false, signal })
    expect(asked()).toBeGreaterThan(4)
    expect(asked()).toBeLessThan(100)
  })
})
