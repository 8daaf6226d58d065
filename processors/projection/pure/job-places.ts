// Says in which state an unfinished job and its tasks are, from its document and the sizes of its sets.
import { type JobCounts, jobStatus } from '#schemas/job-state.ts'
import { HIDE_MODELS, type HideModel } from '#schemas/model-config.ts'
import { STATUS, type Status } from '#schemas/status.ts'
import type { JobFields } from '#schemas/views.ts'

export const OPEN_STATES = ['waiting_for_approval', 'queued', 'processing'] as const
export const ENDED_STATES = ['completed', 'failed', 'cancelled'] as const
export type OpenState = (typeof OPEN_STATES)[number]
export type EndedState = (typeof ENDED_STATES)[number]

const OPEN: Partial<Record<Status, OpenState>> = {
  [STATUS.waitingForApproval]: 'waiting_for_approval',
  [STATUS.queued]: 'queued',
  [STATUS.processing]: 'processing',
}
const ENDED: Partial<Record<Status, EndedState>> = {
  [STATUS.completed]: 'completed',
  [STATUS.failed]: 'failed',
  [STATUS.cancelled]: 'cancelled',
}

export interface CountedJob extends JobCounts {
  /** Members that were refused when the job was planned; they are among the failed. */
  readonly refused: number
}

export type JobPlace =
  | {
      readonly is: 'open'
      readonly model: HideModel
      readonly state: OpenState
      readonly tasks: Readonly<Record<OpenState, number>>
      /** Milliseconds since 1970 UTC: since when it is queued and nobody has begun; null in other states. */
      readonly queuedSinceMs: number | null
    }
  | { readonly is: 'ended'; readonly model: HideModel; readonly state: EndedState }
  /** Its submission was not folded yet. */
  | { readonly is: 'unknown' }

export function jobPlace(job: JobFields | undefined, counts: CountedJob): JobPlace {
  const model = HIDE_MODELS.find((known) => known === job?.model)
  if (job?.account_id === undefined || model === undefined) return { is: 'unknown' }
  const { status } = jobStatus(job, counts)
  const ended = ENDED[status]
  if (ended !== undefined) return { is: 'ended', model, state: ended }
  const state = OPEN[status] ?? 'processing'
  const queuedSinceMs = state === 'queued' ? Number(job.approved_at_ms ?? job.created_at_ms) : null
  return { is: 'open', model, state, tasks: tasksOf(job, counts), queuedSinceMs }
}

/** A task that was called off before anybody took it counts as one that was taken: of those at most so many too few run. */
function tasksOf(job: JobFields, counts: CountedJob): Record<OpenState, number> {
  const planned =
    job.task_count === undefined ? (job.input_kind === 'archive' ? 0 : 1) : Number(job.task_count)
  const ended = counts.completed + counts.failed + counts.cancelled
  const unfinished = Math.max(0, planned - ended)
  const processing = Math.min(unfinished, Math.max(0, counts.started - (ended - counts.refused)))
  const waits = unfinished - processing
  const isApproved = job.needs_approval === 'false' || job.approved_at_ms !== undefined
  return {
    waiting_for_approval: isApproved ? 0 : waits,
    queued: isApproved ? waits : 0,
    processing,
  }
}
