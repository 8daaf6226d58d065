// Tells what a submission is answered with, from the decision alone, so that a repeated request gets the same answer.
import { posix } from 'node:path'
import { taskId } from '#schemas/ids.ts'
import type { Decision } from '#schemas/state-keys.ts'
import { STATUS, type Status } from '#schemas/status.ts'

export interface SubmittedJob {
  readonly jobId: string
  readonly status: Status
  /** Milliseconds since 1970, UTC. */
  readonly createdAtMs: number
  readonly inputFile: string
  readonly model: Decision['model']
  readonly needsApproval: boolean
  /** The one task of a single file; an archive gets its tasks when it has been listed. */
  readonly tasks: readonly { readonly taskId: string; readonly status: Status; readonly fileName: string }[]
}

/** The name that a client gave its file: data, never opened. */
export const fileNameOf = (inputFile: string): string => posix.basename(inputFile)

/** The job as it stood when it was submitted, whatever became of it since. */
export function submittedJob(jobId: string, decision: Decision): SubmittedJob {
  const status = decision.needs_approval ? STATUS.waitingForApproval : STATUS.queued
  const single = { taskId: taskId(jobId, 0), status, fileName: fileNameOf(decision.input_file) }
  return {
    jobId,
    status,
    createdAtMs: decision.created_at_ms,
    inputFile: decision.input_file,
    model: decision.model,
    needsApproval: decision.needs_approval,
    tasks: decision.input_kind === 'archive' ? [] : [single],
  }
}
