// The port to the decisions: versioned entries, counters, leases and an outbox, changed together in one atomic step.
import type { BusMessage } from '../bus/bus.ts'

export interface Entry {
  readonly value: string
  /** Grows with every write; 0 means absent. */
  readonly version: number
}

export interface Fence {
  readonly lease: string
  readonly token: number
}

export interface CounterAdd {
  readonly counter: string
  readonly delta: number
  readonly min?: number
  readonly max?: number
}

/** One atomic step: every check holds and every write happens, or nothing does. */
export interface Step {
  /** Entries that must still have this version; 0: must be absent. */
  readonly checks?: readonly { readonly key: string; readonly version: number }[]
  /** The lease must still carry this token: a zombie's late write is refused. */
  readonly fence?: Fence
  /** The fence's lease and its counts are forgotten with the step. */
  readonly endsLease?: boolean
  readonly puts?: readonly { readonly key: string; readonly value: string; readonly expiresAtMs?: number }[]
  readonly deletes?: readonly string[]
  /**
   * Counters; an `add` that would bring one below `min` or above `max` refuses the whole step.
   * With a `delta` of 0 it only checks.
   */
  readonly adds?: readonly CounterAdd[]
  /** Facts that the relay brings to the bus, in this order. */
  readonly outbox?: readonly BusMessage[]
}

export type StepResult =
  | { readonly verdict: 'done'; readonly outboxIds: readonly string[] }
  /** Somebody else was first: read again and decide again. */
  | { readonly verdict: 'conflict'; readonly key: string }
  /** A counter would have left its `min` or `max`. */
  | { readonly verdict: 'short'; readonly counter: string }
  | { readonly verdict: 'fenced'; readonly lease: string }

export type LeaseResult =
  | {
      readonly verdict: 'granted'
      readonly token: number
      /** How often the lease was granted without having been handed back. */
      readonly starts: number
      /** Nobody had it before: not since it was dropped, and not since the store was built. */
      readonly isFirst: boolean
      /** Those that were asked for, as of the moment of the grant. */
      readonly entries: readonly (Entry | undefined)[]
    }
  | { readonly verdict: 'held'; readonly untilMs: number }

export interface OutboxEntry {
  readonly id: string
  readonly message: BusMessage
  readonly addedAtMs: number
}

export interface StateStore extends AsyncDisposable {
  get(key: string): Promise<Entry | undefined>
  getMany(keys: readonly string[]): Promise<readonly (Entry | undefined)[]>
  counter(name: string): Promise<number>
  commit(step: Step): Promise<StepResult>

  /** Takes a lease when it is free or run out, and reads entries with it. Tokens of one lease only grow. */
  acquireLease(lease: string, owner: string, ttlMs: number, reading?: readonly string[]): Promise<LeaseResult>
  renewLease(fence: Fence, ttlMs: number): Promise<'renewed' | 'lost'>
  /** `returned`: handed back unfinished on purpose (a stop), so this start does not count. */
  releaseLease(fence: Fence, how: 'finished' | 'returned'): Promise<void>
  /** Forgets a lease and its counts. */
  dropLease(lease: string): Promise<void>

  /** Names what the store holds: another name when it was lost and built anew. @throws {TransientFailure} while it is missing */
  generation(): Promise<string>
  /** Oldest entries first. */
  outbox(limit: number): Promise<readonly OutboxEntry[]>
  removeFromOutbox(ids: readonly string[]): Promise<void>
  /** Those of the ids that are still in the outbox. */
  stillInOutbox(ids: readonly string[]): Promise<readonly string[]>
}
