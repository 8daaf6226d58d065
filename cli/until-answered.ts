// Waits at a start for services that do not answer yet, instead of ending and being started again and again.
import type { Log } from '#runtime/log.ts'
import { retryTransient } from '#runtime/retry-transient.ts'

/** What is waited for, in the words of whoever has to see to it. */
export interface AskedService {
  /** As in "Kafka does not answer". */
  readonly service: string
  /** The setting that says where it is. */
  readonly setting: string
}
export interface WaitOptions {
  readonly log: Log
  readonly signal: AbortSignal
  /** Told what is waited for, once, and of undefined when it answered. */
  readonly onWait?: ((waitingFor: string | undefined) => void) | undefined
}

const RETRY = { limit: Number.POSITIVE_INFINITY, firstDelayMs: 200, maxDelayMs: 3_000 }
const ADVICE = 'run `syntonym doctor` here; docs/runbooks/store-down.md says what to do'

/** One line when the waiting begins and one when it ends; the tries between are for `debug`. */
function waitingLog({ log, onWait }: WaitOptions, { service, setting }: AskedService) {
  let isWaiting = false
  const quiet: Log = {
    debug: (facts, message) => log.debug(facts, message),
    info: (facts, message) => log.info(facts, message),
    error: (facts, message) => log.error(facts, message),
    warn: (facts, message) => {
      log.debug(facts, message)
      if (isWaiting) return
      isWaiting = true
      log.warn({ setting }, `${service} does not answer, the start waits for it: check ${setting}, ${ADVICE}`)
      onWait?.(service)
    },
  }
  const over = (): void => {
    if (isWaiting) log.info({}, `${service} answers now`)
    if (isWaiting) onWait?.(undefined)
  }
  return { quiet, over }
}

/** What the work answers when everything it asks does. @throws its first failure that is not transient; the signal's reason */
export async function untilAnswered<T>(
  asked: AskedService,
  work: () => Promise<T>,
  options: WaitOptions,
): Promise<T> {
  const { quiet, over } = waitingLog(options, asked)
  let done: { readonly value: T } | undefined
  const once = async () => {
    done = { value: await work() }
  }
  await retryTransient(once, { what: asked.service, retry: RETRY, log: quiet, signal: options.signal })
  if (done === undefined) {
    options.signal.throwIfAborted()
    throw new Error(`${asked.service} ended without an answer`)
  }
  over()
  return done.value
}
