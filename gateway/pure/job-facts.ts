// Joins what the views say of a job with what was decided, so that a decision is seen at once and no new job is unknown.

import type { JobCounts } from '#schemas/job-state.ts'
import type { Decision } from '#schemas/state-keys.ts'
import { type JobFields, shownProgress, type TaskFields } from '#schemas/views.ts'
import { fileNameOf } from './submitted-job.ts'

/** A task of a job with its fields; the projection may not have seen it yet. */
export interface KnownTask {
  readonly taskId: string
  readonly fields: TaskFields
}

export interface JobFacts {
  readonly jobId: string
  readonly fields: JobFields
  readonly counts: JobCounts
  /** Sum of the progress (0..1 each) of its unfinished tasks, where it was asked for. */
  readonly runningProgress: number
}

/**
 * The fields of a job, with the decision on top: views may be a moment behind it, never ahead. `nowMs` stands in for
 * times that only the views will tell.
 */
export function decidedFields(view: JobFields, decision: Decision, nowMs: number): JobFields {
  const now = String(nowMs)
  return {
    ...view,
    account_id: decision.account_id,
    input_file: decision.input_file,
    input_kind: decision.input_kind,
    model: decision.model,
    needs_approval: String(decision.needs_approval),
    created_at_ms: String(decision.created_at_ms),
    ...(decision.approved && view.approved_at_ms === undefined ? { approved_at_ms: now } : {}),
    ...(decision.state === 'cancelled' && view.cancelled_at_ms === undefined ? { cancelled_at_ms: now } : {}),
  }
}

/** The task of a single file before the projection has seen it. */
export const expectedTask = (decision: Decision, jobId: string): TaskFields => ({
  job_id: jobId,
  account_id: decision.account_id,
  task_index: '0',
  submitted_name: fileNameOf(decision.input_file),
})

const hasEnded = (task: TaskFields): boolean =>
  [task.completed_at_ms, task.failure_code, task.refused_code, task.cancelled_at_ms].some(
    (field) => field !== undefined,
  )

/** What the unfinished ones of these tasks have done, 0..1 each. */
export const runningProgress = (tasks: readonly KnownTask[]): number =>
  tasks.filter(({ fields }) => !hasEnded(fields)).reduce((sum, { fields }) => sum + shownProgress(fields), 0)
