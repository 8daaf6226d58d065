// A decision store that tells its own process at once when a step put facts into the outbox.
import type { StateStore } from './state-store.ts'
import { withCommit } from './with-commit.ts'

/** `onFacts` is called after each step that was done and had facts; usually it wakes the relay. */
export function outboxNotifying(store: StateStore, onFacts: () => void): StateStore {
  return withCommit(store, async (step) => {
    const result = await store.commit(step)
    if (result.verdict === 'done' && result.outboxIds.length > 0) onFacts()
    return result
  })
}
