// Lets callers wait until their outbox entries are on the bus, whichever process brought them there.
import type { StateStore } from '../state/state-store.ts'
import { Wakeup } from '../wakeup.ts'

interface Waiter {
  readonly missing: Set<string>
  readonly wakeup: Wakeup
}

export class FlushWaiters {
  readonly #waiters = new Set<Waiter>()
  readonly #store: Pick<StateStore, 'stillInOutbox'>
  readonly #pollMs: number

  /** `pollMs`: how often the store is asked when another process is the relay. */
  constructor(store: Pick<StateStore, 'stillInOutbox'>, pollMs: number) {
    this.#store = store
    this.#pollMs = pollMs
  }

  /** These entries were published by this process. */
  onBus(ids: readonly string[]): void {
    for (const waiter of this.#waiters) {
      for (const id of ids) waiter.missing.delete(id)
      if (waiter.missing.size === 0) waiter.wakeup.wake()
    }
  }

  /**
   * Rejects with the signal's reason when it aborts before all ids are on the bus.
   * @throws {TransientFailure} STORE_UNAVAILABLE when the store that gave the ids was lost
   */
  async wait(ids: readonly string[], signal: AbortSignal): Promise<void> {
    const waiter: Waiter = { missing: new Set(ids), wakeup: new Wakeup() }
    this.#waiters.add(waiter)
    try {
      while (waiter.missing.size > 0) {
        signal.throwIfAborted()
        const still = new Set(await this.#store.stillInOutbox([...waiter.missing]))
        for (const id of waiter.missing) if (!still.has(id)) waiter.missing.delete(id)
        if (waiter.missing.size > 0) await waiter.wakeup.wait(this.#pollMs, signal)
      }
      // A store that was lost meanwhile may have been built anew without these facts: then nobody may rely on them.
      if (ids.length > 0) await this.#store.stillInOutbox(ids)
    } finally {
      this.#waiters.delete(waiter)
    }
  }
}
