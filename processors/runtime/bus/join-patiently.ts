// Joins a consumer group, however long the bus takes to answer: a room that starts beside a broker that restarts waits for it.
import { failureKind } from '../failure.ts'
import type { Log } from '../log.ts'
import { pause } from '../pause.ts'
import { retryDelayMs } from '../pump/pure/after-failure.ts'
import type { Bus, BusConsumer } from './bus.ts'

const RETRY = { limit: Number.POSITIVE_INFINITY, firstDelayMs: 200, maxDelayMs: 5_000 }

/** @throws the first failure that is not transient; the signal's reason when it aborts first */
export async function joinPatiently(
  bus: Pick<Bus, 'join'>,
  options: Parameters<Bus['join']>[0],
  { log, signal }: { readonly log: Log; readonly signal: AbortSignal },
): Promise<BusConsumer> {
  for (let tries = 1; ; tries += 1) {
    signal.throwIfAborted()
    try {
      const consumer = await bus.join(options)
      if (!signal.aborted) return consumer
      await consumer[Symbol.asyncDispose]()
    } catch (error) {
      const failure = failureKind(error)
      if (failure.kind !== 'transient') throw error
      log.warn(
        { group: options.group, code: failure.code, tries },
        'the group cannot be joined, trying again',
      )
      await pause(retryDelayMs(RETRY, tries, Math.random()), signal)
    }
  }
}
