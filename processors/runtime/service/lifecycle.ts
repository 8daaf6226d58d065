// Starts rooms in order and stops them in reverse: on the first signal gracefully, on the second at once.
import type { Log } from '../log.ts'

export interface RunningRoom extends AsyncDisposable {
  /** Resolves after a stop, rejects by a bug. Absent for a room that cannot end by itself. */
  readonly done?: Promise<void>
  /** Asked before a stop that was ordered: brings to its end what takes a while, within a limit of its own. */
  drain?(): Promise<void>
}
export interface Room {
  readonly name: string
  /** Resolves when the room works. `signal` aborts when this room, not another one, is to stop. */
  start(signal: AbortSignal): Promise<RunningRoom>
}
/** `process` is one. */
export interface SignalSource {
  on(signal: 'SIGTERM' | 'SIGINT', listener: () => void): unknown
  off(signal: 'SIGTERM' | 'SIGINT', listener: () => void): unknown
}
export interface ServiceOptions {
  readonly rooms: readonly Room[]
  readonly log: Log
  readonly signals: SignalSource
  /** Stops from within, besides the signals. */
  readonly signal?: AbortSignal
  /** How long a graceful stop may take before the process is ended. */
  readonly graceMs: number
  /** Ends the process now; `process.exit`. */
  readonly exit: (code: number) => void
  /** Told once all rooms work. */
  readonly onReady?: () => void
}

const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const
const EXIT_AT_ONCE = 130

/** Rooms that were started, with what each needs to be stopped. */
class Rooms {
  readonly #running: { name: string; stop: AbortController; room: RunningRoom }[] = []
  readonly #log: Log
  readonly #stopping: AbortSignal
  /** Resolves with the error of the first room that ended without being asked to. */
  readonly ended: Promise<unknown>
  #end: (error: unknown) => void = () => undefined

  constructor(log: Log, stopping: AbortSignal) {
    this.#log = log
    this.#stopping = stopping
    this.ended = new Promise((resolve) => {
      this.#end = resolve
    })
  }

  async start(room: Room): Promise<void> {
    const stop = new AbortController()
    const stopEarly = () => stop.abort()
    this.#stopping.addEventListener('abort', stopEarly, { once: true })
    const running = await room.start(stop.signal)
    this.#stopping.removeEventListener('abort', stopEarly)
    this.#running.push({ name: room.name, stop, room: running })
    this.#watch(room.name, running)
    this.#log.debug({ started: room.name }, 'started')
  }

  /**
   * Last started first; a room that fails to stop does not keep the others from it. `drained`: each may finish what it
   * has in hand. Answers the failures.
   */
  async stop(drained: boolean): Promise<unknown[]> {
    const errors: unknown[] = []
    for (const { name, stop, room } of this.#running.toReversed())
      try {
        if (drained) await room.drain?.()
        stop.abort()
        await room[Symbol.asyncDispose]()
        this.#log.debug({ stopped: name }, 'stopped')
      } catch (error) {
        this.#log.error({ stopped: name, error }, 'stopping failed')
        errors.push(error)
      }
    return errors
  }

  #watch(name: string, room: RunningRoom): void {
    room.done?.then(
      () => {
        if (!this.#stopping.aborted) this.#end(new Error(`The room ${name} ended by itself.`))
      },
      (error: unknown) => this.#end(error ?? new Error(`The room ${name} failed.`)),
    )
  }
}

const aborted = (signal: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(undefined)
    signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })

/** Starts all and waits for the end; answers the error that ended it, undefined after a stop that was asked for. */
async function runUntilStop(rooms: Rooms, options: ServiceOptions, stopping: AbortSignal): Promise<unknown> {
  try {
    for (const room of options.rooms) {
      if (stopping.aborted) return undefined
      await rooms.start(room)
    }
    if (!stopping.aborted) options.onReady?.()
    return await Promise.race([aborted(stopping), rooms.ended])
  } catch (error) {
    // A start that was cut short by the stop is no failure.
    return stopping.aborted ? undefined : error
  }
}

/**
 * Runs a service to its end: resolves after a stop that was asked for, rejects with the error of a room that could not
 * start, ended by a bug or failed to stop.
 */
export async function runService(options: ServiceOptions): Promise<void> {
  const { log, signals, graceMs, exit } = options
  const stop = new AbortController()
  const onSignal = () => {
    if (stop.signal.aborted) return exit(EXIT_AT_ONCE)
    log.info({ graceMs }, 'stopping')
    stop.abort()
  }
  const inner = () => stop.abort()
  for (const name of STOP_SIGNALS) signals.on(name, onSignal)
  options.signal?.addEventListener('abort', inner, { once: true })

  let grace: NodeJS.Timeout | undefined
  const limitStop = () => {
    grace = setTimeout(() => {
      log.error({ graceMs }, 'the stop took too long')
      exit(1)
    }, graceMs)
  }
  stop.signal.addEventListener('abort', limitStop, { once: true })
  if (options.signal?.aborted) inner()

  const rooms = new Rooms(log, stop.signal)
  const failure = await runUntilStop(rooms, options, stop.signal)
  stop.abort()
  const errors = await rooms.stop(failure === undefined)
  clearTimeout(grace)
  for (const name of STOP_SIGNALS) signals.off(name, onSignal)
  options.signal?.removeEventListener('abort', inner)
  const [error] = failure === undefined ? errors : [failure]
  if (error !== undefined) throw error
}
