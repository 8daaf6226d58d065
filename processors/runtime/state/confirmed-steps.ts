// A decision store whose steps resolve only when their facts are on the bus, for a store that may be lost.
import { TransientFailure } from '../failure.ts'
import type { Relay } from '../pump/relay.ts'
import type { StateStore } from './state-store.ts'
import { withCommit } from './with-commit.ts'

/** A step that is not confirmed for so long is told as a failure; it stands nevertheless, and deciding again finds it. */
const CONFIRM_WITHIN_MS = 60_000

/**
 * For workers: whoever commits a record because its step is done must not lose the step's fact with the store.
 * `commit` rejects with STORE_UNAVAILABLE when the store was lost before the facts were on the bus.
 */
export function confirmedSteps(
  store: StateStore,
  relay: Pick<Relay, 'wake' | 'flushed'>,
  confirmWithinMs = CONFIRM_WITHIN_MS,
): StateStore {
  return withCommit(store, async (step) => {
    const result = await store.commit(step)
    if (result.verdict !== 'done' || result.outboxIds.length === 0) return result
    relay.wake()
    const limit = AbortSignal.timeout(confirmWithinMs)
    try {
      await relay.flushed(result.outboxIds, limit)
    } catch (error) {
      if (!limit.aborted) throw error
      throw new TransientFailure('STORE_UNAVAILABLE', 'A fact did not reach the bus in time.', {
        cause: error,
      })
    }
    return result
  })
}
