// Brings facts from the outbox to the bus, in order, by one owner at a time; nothing is removed before it is on the bus.
import type { Bus } from '../bus/bus.ts'
import type { Clock } from '../clock.ts'
import { failureKind } from '../failure.ts'
import type { Log } from '../log.ts'
import { pause } from '../pause.ts'
import { leaseWaitMs } from '../state/lease-wait.ts'
import type { OutboxEntry, StateStore } from '../state/state-store.ts'
import { Wakeup } from '../wakeup.ts'
import { FlushWaiters } from './flush-waiters.ts'
import { retryDelayMs } from './pure/after-failure.ts'

export interface RelayMetrics {
  relayed(count: number, oldestSeconds: number): void
  /** What the owner of the relay sees in the outbox, at most a batch, before it is brought over. */
  waiting?(count: number, oldestSeconds: number): void
}
export interface RelayOptions {
  readonly store: StateStore
  readonly bus: Pick<Bus, 'publish'>
  /** The lease that makes one relay the owner among all processes. */
  readonly lease: string
  /** This process; any unique text. */
  readonly owner: string
  readonly leaseTtlMs: number
  /** How often the outbox is looked at when nobody wakes the relay. */
  readonly pollMs: number
  /** Entries brought over in one step. */
  readonly batch: number
  readonly clock: Clock
  readonly log: Log
  readonly metrics: RelayMetrics
  readonly signal: AbortSignal
}

export interface Relay extends AsyncDisposable {
  /** Something was committed to the outbox here: look now. */
  wake(): void
  /** Resolves when these entries are on the bus. Rejects with the signal's reason when it aborts first. */
  flushed(outboxIds: readonly string[], signal: AbortSignal): Promise<void>
  /** Resolves after a stop; rejects when the relay ended by an unclassified error. */
  readonly done: Promise<void>
}

const RETRY = { limit: Number.POSITIVE_INFINITY, firstDelayMs: 50, maxDelayMs: 5_000 }
/** A lease is renewed when this part of its time is over. */
const RENEW_AT = 1 / 3

class OutboxRelay {
  readonly #options: RelayOptions
  readonly #signal: AbortSignal
  readonly #wakeup = new Wakeup()
  readonly #waiters: FlushWaiters

  constructor(options: RelayOptions, signal: AbortSignal, waiters: FlushWaiters) {
    this.#options = options
    this.#signal = signal
    this.#waiters = waiters
  }

  wake(): void {
    this.#wakeup.wake()
  }

  async run(): Promise<void> {
    for (let failures = 0; !this.#signal.aborted; )
      try {
        await this.#own()
        failures = 0
      } catch (error) {
        const failure = failureKind(error)
        if (failure.kind !== 'transient') throw error
        failures += 1
        this.#options.log.warn({ code: failure.code, failures }, 'the outbox cannot be relayed, trying again')
        await pause(retryDelayMs(RETRY, failures, Math.random()), this.#signal)
      }
  }

  /** Takes the lease and relays until it is lost or the relay stops. */
  async #own(): Promise<void> {
    const { store, lease, owner, leaseTtlMs, pollMs, clock } = this.#options
    const result = await store.acquireLease(lease, owner, leaseTtlMs)
    if (result.verdict === 'held')
      return pause(leaseWaitMs(result.untilMs, clock.now(), pollMs), this.#signal)
    const fence = { lease, token: result.token }
    try {
      // Not by the time of day: one that jumps back would never come to the next renewal.
      let renewAtMs = performance.now() + leaseTtlMs * RENEW_AT
      while (!this.#signal.aborted) {
        if (performance.now() >= renewAtMs) {
          if ((await store.renewLease(fence, leaseTtlMs)) === 'lost') return
          renewAtMs = performance.now() + leaseTtlMs * RENEW_AT
        }
        const moved = await this.#move()
        if (moved === 0) await this.#wakeup.wait(Math.min(pollMs, leaseTtlMs * RENEW_AT), this.#signal)
      }
    } finally {
      await store.releaseLease(fence, 'finished').catch(() => undefined)
    }
  }

  async #move(): Promise<number> {
    const { store, bus, batch, clock, metrics } = this.#options
    const entries = await store.outbox(batch)
    const [oldest] = entries
    const age = (): number => (oldest === undefined ? 0 : Math.max(0, clock.now() - oldest.addedAtMs) / 1000)
    metrics.waiting?.(entries.length, age())
    if (oldest === undefined) return 0
    await bus.publish(entries.map((entry: OutboxEntry) => entry.message))
    const ids = entries.map((entry) => entry.id)
    this.#waiters.onBus(ids)
    await store.removeFromOutbox(ids)
    metrics.relayed(ids.length, age())
    return ids.length
  }
}

/** Starts relaying at once; ends when the signal aborts or the relay is disposed. */
export function startRelay(options: RelayOptions): Relay {
  const ended = new AbortController()
  const signal = AbortSignal.any([options.signal, ended.signal])
  const waiters = new FlushWaiters(options.store, options.pollMs)
  const relay = new OutboxRelay(options, signal, waiters)
  const done = relay.run()
  // Whoever waits for `done` still sees the error; without anybody it must not end the process unseen twice.
  done.catch(() => undefined)
  return {
    wake: () => relay.wake(),
    flushed: (ids, stop) => waiters.wait(ids, stop),
    done,
    async [Symbol.asyncDispose]() {
      ended.abort()
      await done.catch(() => undefined)
    },
  }
}
