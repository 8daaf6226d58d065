// Computes the status numbers of the API from the view documents and the sizes of a job's sets.
import { STATUS, STATUS_DETAIL, type Status } from './status.ts'
import { type JobFields, shownProgress, type TaskFields, taskProgress } from './views.ts'

/** Sizes of the job's sets (`schemas/views.ts`). */
export interface JobCounts {
  readonly started: number
  readonly completed: number
  readonly failed: number
  readonly cancelled: number
}

export interface JobState {
  readonly status: Status
  /** `status_detail` of the API. */
  readonly detail: string
  readonly hasErrors: boolean
  readonly isApproved: boolean
  readonly isCancelled: boolean
  /** 0..1 */
  readonly progress: number
  /** Milliseconds since 1970 UTC; null while the job goes on. */
  readonly endedAtMs: number | null
}

export interface TaskState {
  readonly status: Status
  readonly detail: string
  /** A failure code when the task failed. */
  readonly code: string | null
  /** 0..1 */
  readonly progress: number
  readonly framesPerSecond: number | null
  readonly etaSeconds: number | null
  readonly endedAtMs: number | null
}

const ended = (counts: JobCounts): number => counts.completed + counts.failed + counts.cancelled

const allEnded = (job: JobFields, counts: JobCounts): boolean =>
  job.task_count !== undefined && ended(counts) >= Number(job.task_count)

const isApproved = (job: JobFields): boolean =>
  job.needs_approval === 'false' || job.approved_at_ms !== undefined

function jobStatusNumber(job: JobFields, counts: JobCounts): Status {
  if (job.cancelled_at_ms !== undefined) return STATUS.cancelled
  if (job.refused_code !== undefined) return STATUS.failed
  if (allEnded(job, counts)) {
    if (counts.completed === 0)
      return counts.cancelled > 0 && counts.failed === 0 ? STATUS.cancelled : STATUS.failed
    if (job.input_kind !== 'archive' || job.packed_at_ms !== undefined) return STATUS.completed
    return STATUS.processing
  }
  if (counts.started > 0 || counts.completed > 0) return STATUS.processing
  return isApproved(job) ? STATUS.queued : STATUS.waitingForApproval
}

function jobDetail(job: JobFields, counts: JobCounts, status: Status): string {
  const total = Number(job.task_count ?? 0)
  if (job.refused_detail !== undefined && status === STATUS.failed) return job.refused_detail
  if (status === STATUS.waitingForApproval && job.extracted_at_ms === undefined) return 'Inspecting the input'
  if (status === STATUS.processing && allEnded(job, counts)) return 'Packing the results'
  if (status === STATUS.processing && total > 1) return `Processing, ${ended(counts)} of ${total} files done`
  if (status === STATUS.completed && counts.failed > 0)
    return `Completed, ${counts.failed} of ${total} files failed`
  return STATUS_DETAIL[status]
}

const latest = (...times: readonly (string | undefined)[]): number | null => {
  const known = times.filter((time) => time !== undefined).map(Number)
  return known.length === 0 ? null : Math.max(...known)
}

/**
 * The state of a job whose submission was folded and that has no tombstone. `runningProgress` is the sum of the
 * progress (0..1 each) of its unfinished tasks, where the caller knows it.
 */
export function jobStatus(job: JobFields, counts: JobCounts, runningProgress = 0): JobState {
  const status = jobStatusNumber(job, counts)
  const isTerminal = status >= STATUS.completed
  const share = (ended(counts) + runningProgress) / Math.max(1, Number(job.task_count ?? 1))
  return {
    status,
    detail: jobDetail(job, counts, status),
    hasErrors: counts.failed > 0 || job.refused_code !== undefined,
    isApproved: job.approved_at_ms !== undefined,
    isCancelled: job.cancelled_at_ms !== undefined,
    progress: status === STATUS.completed ? 1 : Math.min(1, share),
    endedAtMs: isTerminal
      ? latest(job.last_task_ended_at_ms, job.packed_at_ms, job.refused_at_ms, job.cancelled_at_ms)
      : null,
  }
}

const terminal = (
  status: Status,
  detail: string,
  endedAt: string | undefined,
  code: string | null = null,
) => ({
  status,
  detail,
  code,
  progress: status === STATUS.completed ? 1 : 0,
  framesPerSecond: null,
  etaSeconds: null,
  endedAtMs: endedAt === undefined ? null : Number(endedAt),
})

function endedTask(job: JobFields, task: TaskFields): TaskState | undefined {
  if (task.completed_at_ms !== undefined)
    return terminal(STATUS.completed, STATUS_DETAIL[STATUS.completed], task.completed_at_ms)
  if (task.failure_code !== undefined)
    return terminal(STATUS.failed, task.failure_detail ?? '', task.failed_at_ms, task.failure_code)
  if (task.refused_code !== undefined)
    return terminal(STATUS.failed, task.refused_detail ?? '', job.extracted_at_ms, task.refused_code)
  // A cancellation is decided at once; the terminal fact of a task that was running follows.
  const cancelledAt = task.cancelled_at_ms ?? task.cancel_requested_at_ms ?? job.cancelled_at_ms
  if (cancelledAt !== undefined)
    return terminal(STATUS.cancelled, STATUS_DETAIL[STATUS.cancelled], cancelledAt)
  if (job.refused_code !== undefined)
    return terminal(STATUS.failed, job.refused_detail ?? '', job.refused_at_ms, job.refused_code)
  return undefined
}

/** The state of a task; `job` is the document of its job. */
export function taskStatus(job: JobFields, task: TaskFields): TaskState {
  const end = endedTask(job, task)
  if (end) return end
  const status =
    task.attempt !== undefined
      ? STATUS.processing
      : isApproved(job)
        ? STATUS.queued
        : STATUS.waitingForApproval
  const told = taskProgress(task)
  return {
    status,
    detail: STATUS_DETAIL[status],
    code: null,
    progress: shownProgress(task),
    framesPerSecond: told?.frames_per_second ?? null,
    etaSeconds: told?.eta_seconds ?? null,
    endedAtMs: null,
  }
}
