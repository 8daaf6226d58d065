import { expect, test } from 'vitest'
import type { Bus, BusMessage } from '#runtime/bus/bus.ts'
import { TransientFailure } from '#runtime/failure.ts'
import { type Relay, type RelayOptions, startRelay } from '#runtime/pump/relay.ts'
import { openSqliteBus } from '#runtime/sqlite/sqlite-bus.ts'
import { openSqliteStateStore } from '#runtime/sqlite/sqlite-state-store.ts'
import { outboxNotifying } from '#runtime/state/outbox-notifying.ts'
import type { StateStore, StepResult } from '#runtime/state/state-store.ts'
import { onLocalDatabase, realClock } from '../conformance/local-adapters.ts'
import { keptLog } from './silent.ts'

const TOPIC = 'facts'
const open = async () => {
  const stores = await onLocalDatabase((database) => ({
    bus: openSqliteBus({ database, clock: realClock }),
    store: openSqliteStateStore({ database, clock: realClock }),
  }))
  await stores.adapter.bus.ensureTopics([{ name: TOPIC, partitions: 1, retention: 'forever' }])
  return stores
}
const fact = (n: number): BusMessage => ({
  topic: TOPIC,
  key: 'k',
  value: Buffer.from(String(n)),
  headers: {},
})
const idsOf = (result: StepResult) => (result.verdict === 'done' ? result.outboxIds : [])
const commit = async (store: StateStore, ...numbers: number[]) =>
  idsOf(await store.commit({ outbox: numbers.map(fact) }))

const relayOf = (
  stores: { bus: Pick<Bus, 'publish'>; store: StateStore },
  more: Partial<RelayOptions> = {},
): Relay =>
  startRelay({
    ...stores,
    lease: 'relay',
    owner: 'me',
    leaseTtlMs: 5_000,
    pollMs: 20,
    batch: 10,
    clock: realClock,
    log: keptLog(),
    metrics: { relayed: () => undefined },
    signal: new AbortController().signal,
    ...more,
  })
async function onBus(bus: Bus): Promise<number[]> {
  const numbers: number[] = []
  for await (const record of bus.readAll(TOPIC)) numbers.push(Number(Buffer.from(record.value).toString()))
  return numbers
}
const soon = () => AbortSignal.timeout(5_000)

test('facts reach the bus in the order of their steps and leave the outbox', async () => {
  await using stores = await open()
  const { store, bus } = stores.adapter
  const ids = []
  for (let i = 0; i < 25; i += 1) ids.push(...(await commit(store, 2 * i, 2 * i + 1)))
  await using relay = relayOf(stores.adapter)
  await relay.flushed(ids, soon())
  expect(await onBus(bus)).toEqual(Array.from({ length: 50 }, (_, i) => i))
  await relay[Symbol.asyncDispose]()
  expect(await store.outbox(9)).toEqual([])
})

test('a commit of this process wakes the relay: it does not wait for the next look', async () => {
  await using stores = await open()
  await using relay = relayOf(stores.adapter, { pollMs: 60_000, leaseTtlMs: 600_000 })
  const store = outboxNotifying(stores.adapter.store, () => relay.wake())
  await new Promise((resolve) => setTimeout(resolve, 50))
  const started = performance.now()
  await relay.flushed(await commit(store, 1), soon())
  expect(performance.now() - started).toBeLessThan(1_000)
})

test('waiting for what is already on the bus ends at once', async () => {
  await using stores = await open()
  await using relay = relayOf(stores.adapter, { pollMs: 10_000 })
  const ids = await commit(stores.adapter.store, 1)
  relay.wake()
  await relay.flushed(ids, soon())
  await new Promise((resolve) => setTimeout(resolve, 50))
  const started = performance.now()
  await relay.flushed(ids, soon())
  expect(performance.now() - started).toBeLessThan(500)
})

test('a relay that died between publishing and removing loses nothing: the next one publishes again', async () => {
  await using stores = await open()
  const { store, bus } = stores.adapter
  const ids = await commit(store, 1, 2, 3)
  const dying: StateStore = {
    ...outboxNotifying(store, () => undefined),
    removeFromOutbox: () => Promise.reject(new TypeError('died here')),
  }
  const dead = relayOf({ bus, store: dying })
  await expect(dead.done).rejects.toThrow('died here')
  await using next = relayOf(stores.adapter, { owner: 'next' })
  await next.flushed(ids, soon())
  expect(new Set(await onBus(bus))).toEqual(new Set([1, 2, 3]))
  await next[Symbol.asyncDispose]()
  expect(await store.outbox(9)).toEqual([])
})

test('a bus that is away is waited for, and the order is kept', async () => {
  await using stores = await open()
  const { store, bus } = stores.adapter
  let away = 3
  const flaky: Pick<Bus, 'publish'> = {
    publish(messages) {
      away -= 1
      return away >= 0
        ? Promise.reject(new TransientFailure('STORE_UNAVAILABLE', 'away'))
        : bus.publish(messages)
    },
  }
  const ids = await commit(store, 1, 2)
  await using relay = relayOf({ bus: flaky, store })
  await relay.flushed(ids, soon())
  expect(await onBus(bus)).toEqual([1, 2])
})

test('of two relays one owns the outbox; callers of the other still see their facts flushed', async () => {
  await using stores = await open()
  const { store, bus } = stores.adapter
  await using owner = relayOf(stores.adapter, { owner: 'a' })
  await owner.flushed(await commit(store, 0), soon())
  await using other = relayOf(stores.adapter, { owner: 'b' })
  for (let i = 1; i <= 20; i += 1) await other.flushed(await commit(store, i), soon())
  expect(await onBus(bus)).toEqual(Array.from({ length: 21 }, (_, i) => i))
})

test('when the owner stops, the other relay takes over', async () => {
  await using stores = await open()
  const { store, bus } = stores.adapter
  const owner = relayOf(stores.adapter, { owner: 'a' })
  await owner.flushed(await commit(store, 1), soon())
  await using other = relayOf(stores.adapter, { owner: 'b' })
  await owner[Symbol.asyncDispose]()
  await other.flushed(await commit(store, 2), soon())
  expect(await onBus(bus)).toEqual([1, 2])
})

test('a caller that gives up waiting is told so', async () => {
  await using stores = await open()
  const never: Pick<Bus, 'publish'> = { publish: () => new Promise(() => undefined) }
  const relay = relayOf({ bus: never, store: stores.adapter.store })
  const ids = await commit(stores.adapter.store, 1)
  await expect(relay.flushed(ids, AbortSignal.timeout(60))).rejects.toMatchObject({ name: 'TimeoutError' })
})
