// Does a work again and again over transient failures until it is done or stopped.
import { failureKind } from './failure.ts'
import type { Log } from './log.ts'
import { pause } from './pause.ts'
import { type RetryPolicy, retryDelayMs } from './pump/pure/after-failure.ts'

/**
 * Resolves when the work did, or after the signal aborted. Rejects with the first failure that is not transient;
 * the policy's limit does not count, only its delays.
 */
export async function retryTransient(
  work: () => Promise<void>,
  options: { what: string; retry: RetryPolicy; log: Log; signal: AbortSignal; chance?: () => number },
): Promise<void> {
  const { what, retry, log, signal, chance = Math.random } = options
  for (let tries = 1; !signal.aborted; tries += 1)
    try {
      return await work()
    } catch (error) {
      if (signal.aborted) return
      const failure = failureKind(error)
      if (failure.kind !== 'transient') throw error
      log.warn({ what, code: failure.code, tries }, 'a store does not answer, trying again')
      await pause(retryDelayMs(retry, tries, chance()), signal)
    }
}
