// Waits at a start for services that do not answer yet, instead of ending and being started again and again.
import type { Log } from '#runtime/log.ts'
import { retryTransient } from '#runtime/retry-transient.ts'

const RETRY = { limit: Number.POSITIVE_INFINITY, firstDelayMs: 200, maxDelayMs: 3_000 }

/** What the work answers when everything it asks does. @throws its first failure that is not transient; the signal's reason */
export async function untilAnswered<T>(
  what: string,
  work: () => Promise<T>,
  options: { readonly log: Log; readonly signal: AbortSignal },
): Promise<T> {
  let done: { readonly value: T } | undefined
  const once = async () => {
    done = { value: await work() }
  }
  await retryTransient(once, { what, retry: RETRY, ...options })
  if (done !== undefined) return done.value
  options.signal.throwIfAborted()
  throw new Error(`${what} ended without an answer`)
}
