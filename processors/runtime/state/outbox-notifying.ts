// A decision store that tells its own process at once when a step put facts into the outbox.
import type { StateStore } from './state-store.ts'

/** `onFacts` is called after each step that was done and had facts; usually it wakes the relay. */
export function outboxNotifying(store: StateStore, onFacts: () => void): StateStore {
  return {
    get: (key) => store.get(key),
    getMany: (keys) => store.getMany(keys),
    counter: (name) => store.counter(name),
    async commit(step) {
      const result = await store.commit(step)
      if (result.verdict === 'done' && result.outboxIds.length > 0) onFacts()
      return result
    },
    acquireLease: (lease, owner, ttlMs) => store.acquireLease(lease, owner, ttlMs),
    renewLease: (fence, ttlMs) => store.renewLease(fence, ttlMs),
    releaseLease: (fence, how) => store.releaseLease(fence, how),
    dropLease: (lease) => store.dropLease(lease),
    outbox: (limit) => store.outbox(limit),
    removeFromOutbox: (ids) => store.removeFromOutbox(ids),
    stillInOutbox: (ids) => store.stillInOutbox(ids),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}
