// Lets work that rests on earlier decisions count as done only when the facts of these are on the bus.
import { TransientFailure } from '../failure.ts'
import type { Relay } from '../pump/relay.ts'
import type { StateStore } from './state-store.ts'

/** So many waiting facts are looked through at once. */
const OUTBOX_SCAN = 1_000
/** Work whose ground is not confirmed for so long is done again. */
const CONFIRM_WITHIN_MS = 60_000

type Outbox = Pick<StateStore, 'outbox'>
type Flushing = Pick<Relay, 'flushed'>

/** Waits for the facts of a key that are still on their way. Rejects with the signal's reason when it aborts first. */
export async function factsOnBus(
  { store, relay }: { readonly store: Outbox; readonly relay: Flushing },
  key: string,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const waiting = await store.outbox(OUTBOX_SCAN)
    const full = waiting.length === OUTBOX_SCAN
    const rest = full ? waiting : waiting.filter(({ message }) => message.key === key)
    await relay.flushed(
      rest.map(({ id }) => id),
      signal,
    )
    if (!full) return
  }
}

/** Does work about a key so that nothing it saw of the store can be lost any more when it resolves. */
export type OnFirmGround = (key: string, signal: AbortSignal, work: () => Promise<void>) => Promise<void>

/** For a store that cannot be lost. */
export const alwaysFirm: OnFirmGround = (_, __, work) => work()

/**
 * For a store that can be lost: a worker that finds a task ended, or a job called off, by a process that died before
 * its fact was on the bus must not commit its own record yet. Where the store is lost after that, nobody would ever
 * do the work again. Rejects with STORE_UNAVAILABLE when the store was lost meanwhile: the work is to be done again.
 */
export function onFirmGround(
  store: Outbox & Pick<StateStore, 'generation'>,
  relay: Flushing,
  confirmWithinMs = CONFIRM_WITHIN_MS,
): OnFirmGround {
  return async (key, signal, work) => {
    const before = await store.generation()
    await work()
    const late = AbortSignal.timeout(confirmWithinMs)
    try {
      await factsOnBus({ store, relay }, key, AbortSignal.any([signal, late]))
    } catch (cause) {
      if (signal.aborted || !late.aborted) throw cause
      throw new TransientFailure('STORE_UNAVAILABLE', 'A fact did not reach the bus in time.', { cause })
    }
    // The same name means that it was the same store all the time.
    if ((await store.generation()) !== before)
      throw new TransientFailure('STORE_UNAVAILABLE', 'The store was lost meanwhile; the work is done again.')
  }
}
