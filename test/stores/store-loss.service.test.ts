import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from 'redis'
import { expect, inject, test } from 'vitest'
import { openRedis } from '#runtime/redis/redis-connection.ts'
import { beginEmpty } from '../conformance/redis-adapters.ts'
import { keptLog } from '../runtime/silent.ts'
import { askHost } from '../services/ask-host.ts'
import { withServices } from '../services/with-services.ts'
import { openStoreWorld, type StoreWorld } from './store-world.ts'

const AWAY = { code: 'STORE_UNAVAILABLE' }
const REBUILDING = { code: 'VIEWS_REBUILDING' }
const fact = { topic: 'facts', key: 'job', value: Buffer.from([0, 255, 10, 13, 128]), headers: { a: 'ü' } }

const clientOf = (url: string) => createClient({ url })

async function onServer(url: string, work: (client: ReturnType<typeof clientOf>) => Promise<unknown>) {
  const client = clientOf(url)
  await client.connect()
  await work(client)
  client.destroy()
}
const flushAll = (url: string) => onServer(url, (client) => client.flushAll())

async function everythingIsRefused({ store, views }: StoreWorld): Promise<void> {
  const asked = [
    store.get('k'),
    store.getMany(['k']),
    store.counter('c'),
    store.commit({ puts: [{ key: 'k', value: 'v' }] }),
    store.acquireLease('l', 'me', 1_000),
    store.renewLease({ lease: 'l', token: 1 }, 1_000),
    store.releaseLease({ lease: 'l', token: 1 }, 'finished'),
    store.dropLease('l'),
    store.outbox(1),
    views.apply([{ do: 'set', doc: 'd', fields: { a: '1' } }]),
    views.drop(['d'], []),
  ]
  for (const ask of asked) await expect(ask).rejects.toMatchObject(AWAY)
  for (const ask of [views.read('d'), views.count('s'), views.members('s', { order: 'up', limit: 1 })])
    await expect(ask).rejects.toMatchObject(REBUILDING)
}

await withServices(
  ['valkey'],
  ({ valkey }) => {
    const { url } = valkey.addresses

    test('a new store takes nothing and answers nothing until it was built', async () => {
      await using world = await openStoreWorld(url)
      await everythingIsRefused(world)
      await beginEmpty(world.redis)
      expect(await world.store.get('k')).toBeUndefined()
      expect(await world.views.read('d')).toBeUndefined()
    })

    test('an emptied store is noticed by the very next call, and what was not on the bus yet counts as lost', async () => {
      await using world = await openStoreWorld(url)
      await beginEmpty(world.redis)
      const step = await world.store.commit({ puts: [{ key: 'k', value: 'v' }], outbox: [fact] })
      const ids = step.verdict === 'done' ? step.outboxIds : []
      expect((await world.store.outbox(9))[0]?.message).toEqual(fact)
      await flushAll(url)
      await everythingIsRefused(world)
      await expect(world.store.stillInOutbox(ids)).rejects.toMatchObject(AWAY)
      await beginEmpty(world.redis)
      await expect(world.store.stillInOutbox(ids)).rejects.toMatchObject(AWAY)
      await expect(world.store.removeFromOutbox(ids)).rejects.toMatchObject(AWAY)
    })

    test('no version and no token of a lost store comes again', async () => {
      await using world = await openStoreWorld(url)
      await beginEmpty(world.redis)
      await world.store.commit({ puts: [{ key: 'k', value: 'v' }] })
      const seen = await world.store.get('k')
      const lease = await world.store.acquireLease('l', 'a', 60_000)
      const token = lease.verdict === 'granted' ? lease.token : 0
      await flushAll(url)
      await using decisions = await world.builds.decisions()
      await decisions.write([{ puts: [{ key: 'k', value: 'v' }] }])
      await decisions.beginTokensAbove(token)
      await decisions.takeOver()
      const stale = await world.store.commit({ checks: [{ key: 'k', version: seen?.version ?? 0 }] })
      expect(stale.verdict).toBe('conflict')
      const next = await world.store.acquireLease('l', 'b', 60_000)
      expect(next.verdict === 'granted' && next.token).toBeGreaterThan(token)
      const zombie = await world.store.commit({ fence: { lease: 'l', token }, puts: [] })
      expect(zombie.verdict).toBe('fenced')
    })

    test('of two builders one builds, and one that fell silent is not taken up again', async () => {
      await using world = await openStoreWorld(url, { buildTtlMs: 300 })
      await using first = await world.builds.views()
      await expect(world.builds.views()).rejects.toMatchObject({ code: 'BUILD_SUPERSEDED' })
      // Blocks this process's timers, as a stopped process has none.
      const until = performance.now() + 500
      while (performance.now() < until);
      await expect(first.takeOver()).rejects.toMatchObject({ code: 'BUILD_SUPERSEDED' })
      await using second = await world.builds.views()
      await second.takeOver()
      expect(await world.builds.inUse('views')).toBe(true)
    })

    test('readers see the old views until the new ones take over at once, and live writes are in both', async () => {
      await using world = await openStoreWorld(url)
      await beginEmpty(world.redis)
      const doc = (name: string, a: string) => ({ do: 'set' as const, doc: name, fields: { a } })
      const add = { do: 'add' as const, set: 's', member: 'm', score: 1 }
      await world.views.apply([doc('old', '1'), add])
      await using build = await world.builds.views()
      await build.views.apply([doc('new', '2'), doc('gone', '3')])
      await world.views.apply([doc('live', '4')])
      await world.views.drop(['gone'], [])
      expect(await world.views.readMany(['old', 'new', 'live'])).toEqual([{ a: '1' }, undefined, { a: '4' }])
      expect(await build.views.readMany(['old', 'new', 'live'])).toEqual([undefined, { a: '2' }, { a: '4' }])
      await build.takeOver()
      expect(await world.views.readMany(['old', 'new', 'live', 'gone'])).toEqual([
        undefined,
        { a: '2' },
        { a: '4' },
        undefined,
      ])
      expect(await world.views.count('s')).toBe(0)
      await onServer(url, async (client) => {
        const keys = await client.keys(`${world.redis.keyPrefix}views:*`)
        expect(new Set(keys.map((key) => String(key).split(':').at(2))).size).toBe(1)
      })
    })

    test('a server that stands still fails every call within seconds, and its return is noticed', async () => {
      await using world = await openStoreWorld(url)
      await beginEmpty(world.redis)
      const pid = valkey.members[0]?.pid ?? 0
      process.kill(pid, 'SIGSTOP')
      try {
        const started = performance.now()
        await expect(world.store.get('k')).rejects.toMatchObject(AWAY)
        expect(performance.now() - started).toBeLessThan(9_000)
      } finally {
        process.kill(pid, 'SIGCONT')
      }
      let back = false
      for (let tries = 0; !back && tries < 300; tries += 1) {
        back = await world.store.get('k').then(
          () => true,
          () => false,
        )
        if (!back) await sleep(50)
      }
      expect(back).toBe(true)
    })

    test('a server that evicts is refused', async () => {
      await onServer(url, (client) => client.configSet('maxmemory-policy', 'allkeys-lru'))
      try {
        await expect(openRedis({ url, log: keptLog() })).rejects.toThrow('noeviction')
      } finally {
        await onServer(url, (client) => client.configSet('maxmemory-policy', 'noeviction'))
      }
    })

    test('a server that comes back with an old snapshot counts as lost', async () => {
      await using world = await openStoreWorld(url)
      await beginEmpty(world.redis)
      await world.store.commit({ puts: [{ key: 'k', value: 'old' }] })
      await onServer(url, (client) => client.sendCommand(['SAVE']))
      await world.store.commit({ puts: [{ key: 'k', value: 'acknowledged after the snapshot' }] })
      const [member] = valkey.members
      process.kill(member?.pid ?? 0, 'SIGKILL')
      await expect(async () => world.store.get('k')).rejects.toMatchObject(AWAY)
      await askHost(inject('servicesSocket'), { do: 'restart', id: valkey.id, member: member?.name ?? '' })
      for (
        let tries = 0;
        !(await world.builds.inUse('views').then(
          () => true,
          () => false,
        ));
        tries += 1
      ) {
        if (tries > 300) throw new Error('no connection came back')
        await sleep(50)
      }
      expect(await world.builds.inUse('decisions')).toBe(false)
      await everythingIsRefused(world)
      await beginEmpty(world.redis)
      expect(await world.store.get('k')).toBeUndefined()
    })
  },
  { own: true },
)
