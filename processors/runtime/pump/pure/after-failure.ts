// Decides what becomes of a record whose handling failed: again later, dead letter, or stop everything.

/** An error sorted by `failureKind`. */
export type Failed =
  | { readonly kind: 'permanent' | 'transient'; readonly code: string; readonly detail: string }
  | { readonly kind: 'unclassified'; readonly error: unknown }

export interface RetryPolicy {
  /** Tries in all, the first included. */
  readonly limit: number
  readonly firstDelayMs: number
  readonly maxDelayMs: number
}

export type AfterFailure =
  | { readonly do: 'retry'; readonly afterMs: number }
  | { readonly do: 'dead'; readonly code: string; readonly detail: string }
  | { readonly do: 'stop'; readonly error: unknown }

/** Nobody’s file is to blame for these, so they are waited out, however long it takes. */
const WAITED_OUT: ReadonlySet<string> = new Set(['STORE_UNAVAILABLE', 'DISK_FULL'])

/** Doubles with each try up to the maximum; `chance` in 0..1 spreads it over the upper half. */
export function retryDelayMs(policy: RetryPolicy, tries: number, chance: number): number {
  const grown = policy.firstDelayMs * 2 ** Math.min(tries - 1, 40)
  return Math.min(policy.maxDelayMs, grown) * (0.5 + chance / 2)
}

/** `tries` counts the failed ones, this one included. */
export function afterFailure(
  failure: Failed,
  tries: number,
  policy: RetryPolicy,
  chance: number,
): AfterFailure {
  if (failure.kind === 'unclassified') return { do: 'stop', error: failure.error }
  const { code, detail } = failure
  if (failure.kind === 'permanent') return { do: 'dead', code, detail }
  if (tries >= policy.limit && !WAITED_OUT.has(code)) return { do: 'dead', code, detail }
  return { do: 'retry', afterMs: retryDelayMs(policy, tries, chance) }
}
