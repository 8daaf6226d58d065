// Decides what becomes of a task: whether it may run, whether it goes on, and how it ends. Each task ends once.
import type { Decision, Settled } from '#schemas/state-keys.ts'

/** What the decision store says about a task at one moment. */
export interface TaskState {
  readonly decision: Decision | undefined
  /** The task itself was asked to stop. */
  readonly cancelAsked: boolean
  readonly settled: Settled | undefined
}

export type Ending =
  | { readonly how: 'completed' }
  | { readonly how: 'failed'; readonly code: string; readonly detail: string }
  | { readonly how: 'cancelled' }

/** What earlier starts of the task came to. */
export interface TaskHistory {
  /** Starts without an end of their own, this one included: the lease counts them. */
  readonly starts: number
  /** Workers that died of it before our eyes, and how the last one did. */
  readonly deaths: number
  readonly lastDeath: string | undefined
}

export interface StartLimits {
  /**
   * Starts of which nobody knows the end. Far above the deaths allowed: when the whole service is killed, the file that
   * happened to run is seldom the reason.
   */
  readonly unexplainedStarts: number
}

export type StartVerdict =
  | { readonly do: 'run' }
  | { readonly do: 'nothing'; readonly settled: Settled }
  | { readonly do: 'settle'; readonly ending: Ending }
  /** The decision is not there (yet, or not any more): nothing is done without it. */
  | { readonly do: 'wait'; readonly why: string }

const CANCELLED: Ending = { how: 'cancelled' }
const UNKNOWN = 'the decision about the job is not known here'

/** Whether somebody asked for the end of this task. */
export const isCalledOff = (state: TaskState): boolean =>
  state.cancelAsked || (state.decision !== undefined && state.decision.state !== 'open')

/** What to do with a task that has just been handed to us. */
export function decideStart(state: TaskState, history: TaskHistory, limits: StartLimits): StartVerdict {
  if (state.settled !== undefined) return { do: 'nothing', settled: state.settled }
  if (state.decision === undefined) return { do: 'wait', why: UNKNOWN }
  if (isCalledOff(state)) return { do: 'settle', ending: CANCELLED }
  if (state.decision.needs_approval && !state.decision.approved)
    return { do: 'wait', why: 'the job is not approved' }
  if (history.lastDeath !== undefined) {
    const verdict = decideDeath(history.deaths, history.lastDeath)
    if (verdict.do === 'settle') return verdict
  }
  if (history.starts > limits.unexplainedStarts + history.deaths)
    return { do: 'settle', ending: died(`${history.starts} starts came to no end`) }
  return { do: 'run' }
}

export type SettleVerdict =
  | { readonly do: 'commit'; readonly ending: Ending }
  | { readonly do: 'nothing'; readonly settled: Settled }
  | { readonly do: 'wait'; readonly why: string }

/** How a task ends of which we wanted `wanted`: a cancellation that came before goes before. */
export function decideSettle(state: TaskState, wanted: Ending): SettleVerdict {
  if (state.settled !== undefined) return { do: 'nothing', settled: state.settled }
  if (state.decision === undefined) return { do: 'wait', why: UNKNOWN }
  return { do: 'commit', ending: isCalledOff(state) ? CANCELLED : wanted }
}

export type RunningVerdict = { readonly do: 'go-on' } | { readonly do: 'abort' }

/** Whether a task in work goes on. A picture is done sooner than it is stopped; what becomes of it, settling decides. */
export function decideRunning(kind: 'picture' | 'film', state: TaskState): RunningVerdict {
  const over = isCalledOff(state) || state.settled !== undefined
  return kind === 'film' && over ? { do: 'abort' } : { do: 'go-on' }
}

/** Workers that one file may kill: a hang or too much memory is known after the second. */
const DEATHS_ALLOWED: Readonly<Record<string, number>> = {
  WORKER_DIED: 3,
  WORKER_TIMEOUT: 2,
  WORKER_MEMORY: 2,
}

export type DeathVerdict = { readonly do: 'again' } | { readonly do: 'settle'; readonly ending: Ending }

/** What to do after a worker died; `deaths` includes this one. */
export function decideDeath(deaths: number, code: string): DeathVerdict {
  if (deaths < (DEATHS_ALLOWED[code] ?? 1)) return { do: 'again' }
  return { do: 'settle', ending: code === 'WORKER_DIED' ? died(`${deaths} workers ended`) : failed(code) }
}

const died = (why: string): Ending => ({
  how: 'failed',
  code: 'WORKER_DIED',
  detail: `The file ended its worker process again and again: ${why}.`,
})

const DEATH_DETAIL: Readonly<Record<string, string>> = {
  WORKER_TIMEOUT: 'The worker stopped answering.',
  WORKER_MEMORY: 'The file needs more memory than a worker may use.',
}
const failed = (code: string): Ending => ({ how: 'failed', code, detail: DEATH_DETAIL[code] ?? code })
