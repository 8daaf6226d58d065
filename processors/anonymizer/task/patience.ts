// Tries again while a store is away, so that work already done is not lost for a store that comes back.
import { failureKind } from '#runtime/failure.ts'
import { pause } from '#runtime/pause.ts'

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 5_000

/** @throws what `attempt` throws, when it is not transient or `limitMs` are over; the signal's reason. */
export async function patiently<T>(
  attempt: () => Promise<T>,
  limits: { readonly limitMs: number; readonly signal: AbortSignal },
): Promise<T> {
  const until = performance.now() + limits.limitMs
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    try {
      return await attempt()
    } catch (error) {
      if (failureKind(error).kind !== 'transient' || performance.now() + pauseMs > until) throw error
    }
    await pause(pauseMs, limits.signal)
    limits.signal.throwIfAborted()
  }
}
