// Writes the facts of a task: started, progressed, and the one with which it ends. Ids follow from what caused them.
import type { EventEnvelope, EventOf, EventType } from '#schemas/events/event-types.ts'
import { eventId } from '#schemas/ids.ts'
import type { Ending } from './settle-decision.ts'

/** What every fact of an attempt has in common. `attempt` is the lease's fencing token. */
export interface Attempt {
  readonly accountId: string
  readonly jobId: string
  readonly taskId: string
  readonly attempt: number
  readonly creditCost: number
}

export interface Result {
  readonly outputKey: string
  /** Lower-case hex. */
  readonly outputSha256: string
  readonly outputBytes: number
  readonly outputExtension: string
  readonly documentKey: string
  readonly faces: number
  readonly plates: number
  readonly frames: number
  readonly facts: Readonly<Record<string, string | number | boolean>>
  readonly processingSeconds: number
}

/** An ending with all that its fact tells. */
export type FullEnding =
  | (Extract<Ending, { how: 'completed' }> & { readonly result: Result })
  | Exclude<Ending, { how: 'completed' }>

const envelope = (attempt: Attempt, nowMs: number, type: EventType, ...cause: number[]): EventEnvelope => ({
  event_id: eventId(type, attempt.taskId, attempt.attempt, ...cause),
  occurred_at_ms: nowMs,
  account_id: attempt.accountId,
  job_id: attempt.jobId,
})

export const startedFact = (attempt: Attempt, nowMs: number): EventOf<'TaskStarted'> => ({
  ...envelope(attempt, nowMs, 'TaskStarted'),
  type: 'TaskStarted',
  data: { task_id: attempt.taskId, attempt: attempt.attempt },
})

export interface Progress {
  /** 0..1 */
  readonly progress: number
  readonly framesPerSecond: number | null
  readonly etaSeconds: number | null
}

export const progressedFact = (
  attempt: Attempt,
  nowMs: number,
  progress: Progress,
): EventOf<'TaskProgressed'> => ({
  ...envelope(attempt, nowMs, 'TaskProgressed', progress.progress),
  type: 'TaskProgressed',
  data: {
    task_id: attempt.taskId,
    attempt: attempt.attempt,
    progress: progress.progress,
    frames_per_second: progress.framesPerSecond,
    eta_seconds: progress.etaSeconds,
  },
})

/** The fact with which a task ends. */
export function endedFact(
  attempt: Attempt,
  nowMs: number,
  ending: FullEnding,
): EventOf<'TaskCompleted' | 'TaskFailed' | 'TaskCancelled'> {
  const common = { task_id: attempt.taskId, attempt: attempt.attempt, credit_cost: attempt.creditCost }
  switch (ending.how) {
    case 'completed':
      return {
        ...envelope(attempt, nowMs, 'TaskCompleted'),
        type: 'TaskCompleted',
        data: { ...common, ...resultFields(ending.result) },
      }
    case 'failed':
      return {
        ...envelope(attempt, nowMs, 'TaskFailed'),
        type: 'TaskFailed',
        data: { ...common, code: ending.code, detail: ending.detail },
      }
    case 'cancelled':
      return { ...envelope(attempt, nowMs, 'TaskCancelled'), type: 'TaskCancelled', data: common }
  }
}

const resultFields = (result: Result) => ({
  output_key: result.outputKey,
  output_sha256: result.outputSha256,
  output_bytes: result.outputBytes,
  output_extension: result.outputExtension,
  document_key: result.documentKey,
  faces: result.faces,
  plates: result.plates,
  frames: result.frames,
  report: JSON.stringify(result.facts),
  processing_seconds: result.processingSeconds,
})
