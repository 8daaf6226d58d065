// What a worker finds done by a process that died must be on the bus before the worker's own record is committed.
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from 'redis'
import { expect, test } from 'vitest'
import type { BusMessage } from '#runtime/bus/bus.ts'
import { startRelay } from '#runtime/pump/relay.ts'
import { onFirmGround } from '#runtime/state/facts-on-bus.ts'
import { realClock } from '../conformance/local-adapters.ts'
import { beginEmpty } from '../conformance/redis-adapters.ts'
import { keptLog } from '../runtime/silent.ts'
import { withServices } from '../services/with-services.ts'
import { openStoreWorld, type StoreWorld } from './store-world.ts'

const never = new AbortController().signal
const AWAY = { code: 'STORE_UNAVAILABLE' }
const factOf = (key: string): BusMessage => ({ topic: 'facts', key, value: Buffer.from(key), headers: {} })

/** A relay without a bus that publishes nothing until it is let. */
function relayOn({ store }: StoreWorld) {
  const published: string[] = []
  const open = Promise.withResolvers<void>()
  const stop = new AbortController()
  const publish = async (messages: readonly BusMessage[]) => {
    await open.promise
    published.push(...messages.map(({ key }) => key))
  }
  const relay = startRelay({
    ...{ store, bus: { publish }, lease: 'relay', owner: 'o', leaseTtlMs: 5_000, pollMs: 20, batch: 10 },
    ...{ clock: realClock, log: keptLog(), metrics: { relayed: () => undefined }, signal: stop.signal },
  })
  return {
    relay,
    published,
    open: () => open.resolve(),
    async [Symbol.asyncDispose]() {
      open.resolve()
      stop.abort()
      await relay[Symbol.asyncDispose]()
    },
  }
}

async function flushAll(url: string): Promise<void> {
  const client = createClient({ url })
  await client.connect()
  await client.flushAll()
  client.destroy()
}

/** A process that settles a task and dies before anything of it is on the bus. */
const settleAndDie = ({ store }: StoreWorld) =>
  store.commit({ puts: [{ key: 'settled:t', value: '"completed"' }], outbox: [factOf('job')] })

await withServices(
  ['valkey'],
  ({ valkey }) => {
    const { url } = valkey.addresses

    test('the end of a task that another process settled counts when its fact is on the bus, not before', async () => {
      await using world = await openStoreWorld(url)
      await beginEmpty(world.redis)
      await settleAndDie(world)
      await using relay = relayOn(world)
      const firm = onFirmGround(world.store, relay.relay)
      let done = false
      const handling = firm('job', never, async () => {
        expect(await world.store.get('settled:t')).toBeDefined()
      }).then(() => {
        done = true
      })
      await sleep(300)
      expect(done).toBe(false)
      relay.open()
      await handling
      expect(relay.published).toEqual(['job'])
    })

    test('what other jobs wait for holds up nobody', async () => {
      await using world = await openStoreWorld(url)
      await beginEmpty(world.redis)
      await settleAndDie(world)
      await using relay = relayOn(world)
      await onFirmGround(world.store, relay.relay)('another job', never, async () => undefined)
      expect(relay.published).toEqual([])
    })

    test('a store emptied before that fact was on the bus sends the record back, and the work is done again', async () => {
      await using world = await openStoreWorld(url)
      await beginEmpty(world.redis)
      await settleAndDie(world)
      await using relay = relayOn(world)
      const firm = onFirmGround(world.store, relay.relay)
      const handling = firm('job', never, async () => void (await world.store.get('settled:t')))
      handling.catch(() => undefined)
      await sleep(100)
      await flushAll(url)
      await beginEmpty(world.redis)
      await expect(handling).rejects.toMatchObject(AWAY)
      await firm('job', never, async () => {
        expect(await world.store.get('settled:t')).toBeUndefined()
      })
    })

    test('a store that was lost and built anew while the work ran is noticed, even where nothing waits any more', async () => {
      await using world = await openStoreWorld(url)
      await beginEmpty(world.redis)
      await using relay = relayOn(world)
      const handling = onFirmGround(world.store, relay.relay)('job', never, async () => {
        await flushAll(url)
        await beginEmpty(world.redis)
      })
      await expect(handling).rejects.toMatchObject(AWAY)
    })

    test('a bus that takes nothing ends the wait as a failure to be tried again', async () => {
      await using world = await openStoreWorld(url)
      await beginEmpty(world.redis)
      await settleAndDie(world)
      await using relay = relayOn(world)
      const firm = onFirmGround(world.store, relay.relay, 200)
      await expect(firm('job', never, async () => undefined)).rejects.toMatchObject(AWAY)
    })
  },
  { own: true },
)
