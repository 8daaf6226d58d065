// Says what a decision is: either an answer as things stand, or a step to commit with the answer it earns.
import type { Event } from '#schemas/events/event-types.ts'

/** An entry as it was read; its version is what the step will be checked against. */
export interface Known<T> {
  readonly value: T
  readonly version: number
}

/** The part of the store's atomic step that a decision fills; the facts become the outbox once they are encoded. */
export interface DecisionStep {
  readonly checks: readonly { readonly key: string; readonly version: number }[]
  readonly puts: readonly { readonly key: string; readonly value: string }[]
  readonly adds?: readonly {
    readonly counter: string
    readonly delta: number
    readonly min?: number
    readonly max?: number
  }[]
  readonly facts: readonly Event[]
}

/**
 * `answer`: nothing changes. With `restsOnFactsOf`, the answer repeats an earlier decision whose fact may still be on
 * its way to the bus, so the caller waits for the facts of that key first.
 * `commit`: the answer holds once the step is done; `ifShort` is the answer when a counter refuses it, and without it
 * the caller reads and decides again.
 */
export type Verdict<A> =
  | { readonly do: 'answer'; readonly answer: A; readonly restsOnFactsOf?: string }
  | { readonly do: 'commit'; readonly step: DecisionStep; readonly answer: A; readonly ifShort?: A }

/** The version that a check must name: 0 says that the entry must be absent. */
export const versionOf = (known: Known<unknown> | undefined): number => known?.version ?? 0
