// Writes what a client reads about a job and a task, from their fields.
import type { JobBody, TaskBody } from '#schemas/http/job-bodies.ts'
import { jobStatus, taskStatus } from '#schemas/job-state.ts'
import { STATUS } from '#schemas/status.ts'
import type { JobFields, TaskFields } from '#schemas/views.ts'
import type { JobFacts, KnownTask } from './job-facts.ts'

/** Below this share a time left is a guess and not told. */
const MIN_SHARE_FOR_ETA = 0.02

export const numberOr = <T>(text: string | undefined, otherwise: T): number | T =>
  text === undefined ? otherwise : Number(text)
export const timeOf = (ms: number | string): string => new Date(Number(ms)).toISOString()

const round = (value: number, digits: number): number => Number(value.toFixed(digits))

/** Seconds until the end at the pace so far, or null. */
function etaSeconds(fields: JobFields, progress: number, nowMs: number): number | null {
  if (fields.started_at_ms === undefined || progress < MIN_SHARE_FOR_ETA || progress >= 1) return null
  const elapsedSeconds = Math.max(0, nowMs - Number(fields.started_at_ms)) / 1000
  return round((elapsedSeconds * (1 - progress)) / progress, 1)
}

const modelOf = (fields: JobFields): 'blur' | 'syn' => (fields.model === 'syn' ? 'syn' : 'blur')

/** A job as /job_status, /jobs and /job_events show it. */
export function jobBody({ jobId, fields, counts, runningProgress }: JobFacts, nowMs: number): JobBody {
  const state = jobStatus(fields, counts, runningProgress)
  const single = fields.input_kind === 'archive' ? 0 : 1
  const progress = round(state.progress, 4)
  const refused = fields.refused_code
  return {
    job_id: jobId,
    status: state.status,
    status_detail: state.detail,
    created_at: timeOf(fields.created_at_ms ?? 0),
    input_file: fields.input_file ?? '',
    model: modelOf(fields),
    has_errors: state.hasErrors,
    needs_approval: fields.needs_approval !== 'false',
    is_approved: state.isApproved,
    cancelled: state.isCancelled,
    progress,
    eta_seconds: state.status === STATUS.processing ? etaSeconds(fields, progress, nowMs) : null,
    counts: {
      tasks: numberOr(fields.task_count, single),
      completed: counts.completed,
      failed: counts.failed,
      cancelled: counts.cancelled,
    },
    total_credit_cost: numberOr(fields.total_credit_cost, null),
    estimated_seconds: numberOr(fields.estimated_seconds, null),
    failure: refused === undefined ? null : { code: refused, detail: fields.refused_detail ?? '' },
  }
}

const mediaKind = (task: TaskFields): 'picture' | 'film' | null =>
  task.media_kind === 'picture' || task.media_kind === 'film' ? task.media_kind : null

/** A task as /task_status shows it; `job` are the fields of its job. */
export function taskBody({ taskId, fields: task }: KnownTask, jobId: string, job: JobFields): TaskBody {
  const state = taskStatus(job, task)
  return {
    task_id: taskId,
    task_status: state.status,
    status_detail: state.detail,
    file_name: task.file_name ?? task.submitted_name ?? '',
    job_id: jobId,
    progress: round(state.progress, 4),
    eta_seconds: state.etaSeconds,
    frames_per_second: state.framesPerSecond,
    media_kind: mediaKind(task),
    bytes: numberOr(task.bytes, null),
    width: numberOr(task.width, null),
    height: numberOr(task.height, null),
    frames: numberOr(task.frames, null),
    duration_seconds: numberOr(task.duration_seconds, null),
    credit_cost: numberOr(task.credit_cost, null),
    failure: state.code === null ? null : { code: state.code, detail: state.detail },
  }
}
