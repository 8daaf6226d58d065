// A repeated answer rests on facts that are on the bus, also where the store is lost between two looks at it.

import { expect, test } from 'vitest'
import { eventCodec } from '#cli/event-codec.ts'
import { commitDecision } from '#gateway/commit-decision.ts'
import type { Verdict } from '#gateway/pure/decision-step.ts'
import { openSqliteSchemaRegistry } from '#runtime/sqlite/sqlite-schema-registry.ts'
import { openSqliteStateStore } from '#runtime/sqlite/sqlite-state-store.ts'
import { decisionKey } from '#schemas/state-keys.ts'
import { onLocalDatabase, realClock } from '../conformance/local-adapters.ts'

const KEY = decisionKey('j')
const decide = (known: { version: number } | undefined): Verdict<string> =>
  known === undefined
    ? {
        do: 'commit',
        step: { checks: [{ key: KEY, version: 0 }], puts: [{ key: KEY, value: '"decided"' }], facts: [] },
        answer: 'decided now',
      }
    : { do: 'answer', answer: 'decided before', restsOnFactsOf: 'j' }

async function opened() {
  const stores = await onLocalDatabase((database) => ({
    store: openSqliteStateStore({ database, clock: realClock }),
    codec: eventCodec(openSqliteSchemaRegistry({ database })),
  }))
  return stores
}

test('a decision that was lost while its fact was waited for is taken anew, not repeated', async () => {
  await using stores = await opened()
  const { store, codec } = stores.adapter
  await store.commit({ puts: [{ key: KEY, value: '"decided"' }] })
  let flushes = 0
  const relay = {
    wake: () => undefined,
    // The store is emptied and built anew without a decision of which no fact was on the bus.
    flushed: async () => {
      flushes += 1
      if (flushes === 1) await store.commit({ deletes: [KEY] })
    },
  }
  const ports = { store, codec, relay, confirmWithinMs: 1_000 }
  expect(await commitDecision(ports, { read: () => store.get(KEY), decide })).toBe('decided now')
  expect(await store.get(KEY)).toBeDefined()
})

test('one that is still there is repeated', async () => {
  await using stores = await opened()
  const { store, codec } = stores.adapter
  await store.commit({ puts: [{ key: KEY, value: '"decided"' }] })
  let flushes = 0
  const flushed = async () => {
    flushes += 1
  }
  const ports = { store, codec, relay: { wake: () => undefined, flushed }, confirmWithinMs: 1_000 }
  expect(await commitDecision(ports, { read: () => store.get(KEY), decide })).toBe('decided before')
  expect(flushes).toBe(1)
})
