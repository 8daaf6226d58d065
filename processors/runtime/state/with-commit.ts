// The same decision store with another way to commit; everything else is handed on as it is.
import type { StateStore } from './state-store.ts'

/** `commit` takes the place of the store's own, which it usually calls. Closing it closes the store. */
export function withCommit(store: StateStore, commit: StateStore['commit']): StateStore {
  return {
    get: (key) => store.get(key),
    getMany: (keys) => store.getMany(keys),
    counter: (name) => store.counter(name),
    commit,
    acquireLease: (...args) => store.acquireLease(...args),
    renewLease: (fence, ttlMs) => store.renewLease(fence, ttlMs),
    releaseLease: (fence, how) => store.releaseLease(fence, how),
    dropLease: (lease) => store.dropLease(lease),
    generation: () => store.generation(),
    outbox: (limit) => store.outbox(limit),
    removeFromOutbox: (ids) => store.removeFromOutbox(ids),
    stillInOutbox: (ids) => store.stillInOutbox(ids),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}
