// Tells a client what happens to a job, as server-sent events, until the job ends. https://html.spec.whatwg.org/multipage/server-sent-events.html
import { failureKind } from '#runtime/failure.ts'
import { pause } from '#runtime/pause.ts'
import type { JobBody } from '#schemas/http/job-bodies.ts'

export interface EventStreamTimes {
  readonly pollMs: number
  /** A sign of life at least this often, so that nothing between us closes the line. */
  readonly heartbeatMs: number
  /** After this the stream ends and the client comes back by itself. */
  readonly longestMs: number
}
export const EVENT_STREAM_TIMES: EventStreamTimes = { pollMs: 400, heartbeatMs: 15_000, longestMs: 3_600_000 }

/** The id of the last event: a client that comes back with it knows everything already. */
export const END_ID = 'end'
const RECONNECT_MS = 2_000
const HEARTBEAT = ': still here\n\n'

const event = (id: string, name: string, data: object): string =>
  `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`

/** What makes a state worth telling; the time left changes with every look. */
const sameness = (job: JobBody): string => JSON.stringify({ ...job, eta_seconds: null })

/** `undefined`: the job is gone. A store that does not answer is waited for. */
export type LookAtJob = () => Promise<JobBody | undefined>

async function lookOrWait(look: LookAtJob): Promise<JobBody | undefined | 'away'> {
  try {
    return await look()
  } catch (error) {
    if (failureKind(error).kind === 'transient') return 'away'
    throw error
  }
}

/**
 * The text of the stream: `status` events with the job whenever it changed, then one `end` or `deleted`.
 * Ends early when the signal aborts.
 */
export async function* jobEvents(
  look: LookAtJob,
  { now, times, signal }: { now: () => number; times: EventStreamTimes; signal: AbortSignal },
): AsyncGenerator<string> {
  const startedMs = now()
  let toldMs = startedMs
  let told = ''
  let count = 0
  yield `retry: ${RECONNECT_MS}\n\n`
  while (!signal.aborted && now() - startedMs < times.longestMs) {
    const job = await lookOrWait(look)
    if (job === undefined) return yield event(END_ID, 'deleted', { detail: 'Job not found' })
    if (job !== 'away' && sameness(job) !== told) {
      told = sameness(job)
      toldMs = now()
      count += 1
      yield event(String(count), 'status', job)
      if (job.status >= 3) return yield event(END_ID, 'end', job)
    } else if (now() - toldMs >= times.heartbeatMs) {
      toldMs = now()
      yield HEARTBEAT
    }
    await pause(times.pollMs, signal)
  }
}

/** Counts open streams, in all and for each account. */
export class OpenStreams {
  readonly #open = new Map<string, number>()
  readonly #limits: { readonly all: number; readonly perAccount: number }
  #all = 0

  constructor(limits: { all: number; perAccount: number }) {
    this.#limits = limits
  }

  get size(): number {
    return this.#all
  }

  /** A place for one stream, to be given back once; undefined when there is none. */
  take(accountId: string): (() => void) | undefined {
    const own = this.#open.get(accountId) ?? 0
    if (this.#all >= this.#limits.all || own >= this.#limits.perAccount) return undefined
    this.#all += 1
    this.#open.set(accountId, own + 1)
    let given = false
    return () => {
      if (given) return
      given = true
      this.#all -= 1
      const left = (this.#open.get(accountId) ?? 1) - 1
      if (left === 0) this.#open.delete(accountId)
      else this.#open.set(accountId, left)
    }
  }
}
