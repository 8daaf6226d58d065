// Says how long to wait before a held lease is asked for again, when the clock that times it is not ours.

/** At least so much of a poll: a clock of ours that is ahead makes every lease look as if it had run out. */
const LEAST = 1 / 10

/** Until the lease should be free, at most `pollMs`. `untilMs` is by the store's clock, `nowMs` by ours. */
export const leaseWaitMs = (untilMs: number, nowMs: number, pollMs: number): number =>
  Math.min(pollMs, Math.max(pollMs * LEAST, untilMs - nowMs + 1))
