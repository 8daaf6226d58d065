// Turns each fact into idempotent writes of the views, so that order and repetition of facts cannot matter.
import type { Event, EventOf } from '#schemas/events/event-types.ts'
import { taskId } from '#schemas/ids.ts'
import {
  accountJobsSet,
  type DeletedJobFields,
  deletedJobDoc,
  type JobFields,
  jobDoc,
  jobEndedSet,
  jobRefusedSet,
  jobStartedSet,
  jobTasksSet,
  openJobsSet,
  type TaskFields,
  type TaskProgress,
  taskDoc,
  type ViewWrite,
} from '#schemas/views.ts'
import { lastPathPart } from './last-path-part.ts'

type Text = string | number | boolean | null | undefined

/** Only what is known is written: a field that is absent says so. */
function known(fields: Readonly<Record<string, Text>>): Record<string, string> {
  const text: Record<string, string> = {}
  for (const [name, value] of Object.entries(fields))
    if (value !== null && value !== undefined) text[name] = String(value)
  return text
}
type Known<F> = { readonly [K in keyof F]: Text }

const setJob = (jobId: string, fields: Known<JobFields>): ViewWrite => ({
  do: 'set',
  doc: jobDoc(jobId),
  fields: known(fields),
})
const setTask = (id: string, fields: Known<TaskFields>): ViewWrite => ({
  do: 'set',
  doc: taskDoc(id),
  fields: known(fields),
})
const add = (set: string, member: string, score = 0): ViewWrite => ({ do: 'add', set, member, score })
const max = (doc: string, field: string, value: number): ViewWrite => ({ do: 'max', doc, field, value })

function submitted(event: EventOf<'JobSubmitted'>): ViewWrite[] {
  const { job_id, account_id, occurred_at_ms, data } = event
  const writes = [
    setJob(job_id, {
      account_id,
      input_file: data.input_file,
      input_kind: data.input_kind,
      model: data.model,
      model_config: data.model_config,
      needs_approval: data.needs_approval,
      user_tag: data.user_tag,
      created_at_ms: occurred_at_ms,
    }),
    add(accountJobsSet(account_id), job_id, occurred_at_ms),
    add(openJobsSet, job_id, occurred_at_ms),
  ]
  if (data.input_kind === 'archive') return writes
  const id = taskId(job_id, 0)
  const submitted_name = lastPathPart(data.input_file)
  return [
    ...writes,
    setTask(id, { job_id, account_id, task_index: 0, submitted_name }),
    add(jobTasksSet(job_id), id, 0),
  ]
}

function planned({ job_id, account_id, data }: EventOf<'TaskPlanned'>): ViewWrite[] {
  const { task_id, ...fields } = data
  const writes = [
    setTask(task_id, { job_id, account_id, ...fields }),
    add(jobTasksSet(job_id), task_id, data.task_index),
  ]
  if (data.refused_code === null) return writes
  return [...writes, add(jobEndedSet(job_id, 'failed'), task_id), add(jobRefusedSet(job_id), task_id)]
}

function extracted({ job_id, occurred_at_ms, data }: EventOf<'JobExtracted'>): ViewWrite[] {
  return [setJob(job_id, { ...data, extracted_at_ms: occurred_at_ms })]
}

function refused({ job_id, occurred_at_ms, data }: EventOf<'JobRefused'>): ViewWrite[] {
  const { code, detail } = data
  return [setJob(job_id, { refused_code: code, refused_detail: detail, refused_at_ms: occurred_at_ms })]
}

function started({ job_id, occurred_at_ms, data }: EventOf<'TaskStarted'>): ViewWrite[] {
  return [
    add(jobStartedSet(job_id), data.task_id),
    max(taskDoc(data.task_id), 'attempt', data.attempt),
    max(taskDoc(data.task_id), 'started_at_ms', occurred_at_ms),
    // The latest of the negative times is the earliest time.
    {
      do: 'latest',
      doc: jobDoc(job_id),
      field: 'started_at_ms',
      value: String(occurred_at_ms),
      order: -occurred_at_ms,
    },
  ]
}

function progressed({ job_id, occurred_at_ms, data }: EventOf<'TaskProgressed'>): ViewWrite[] {
  const { task_id, attempt, progress, frames_per_second, eta_seconds } = data
  const told: TaskProgress = { attempt, progress, frames_per_second, eta_seconds, at_ms: occurred_at_ms }
  const share = Math.min(1, Math.max(0, progress))
  // A later attempt begins again at 0 and is nevertheless the later one.
  const order = attempt + share * 0.999
  return [
    add(jobStartedSet(job_id), task_id),
    max(taskDoc(task_id), 'attempt', attempt),
    { do: 'latest', doc: taskDoc(task_id), field: 'progress', value: JSON.stringify(told), order },
    max(taskDoc(task_id), 'furthest', share),
  ]
}

function taskEnded(
  event: EventOf<'TaskCompleted' | 'TaskFailed' | 'TaskCancelled'>,
  how: 'completed' | 'failed' | 'cancelled',
  fields: Known<TaskFields>,
): ViewWrite[] {
  const { job_id, occurred_at_ms, data } = event
  return [
    setTask(data.task_id, fields),
    add(jobEndedSet(job_id, how), data.task_id),
    max(jobDoc(job_id), 'last_task_ended_at_ms', occurred_at_ms),
  ]
}

function completed(event: EventOf<'TaskCompleted'>): ViewWrite[] {
  const { task_id: _, attempt: __, frames, credit_cost, ...fields } = event.data
  return taskEnded(event, 'completed', {
    ...fields,
    frames_done: frames,
    charged_credits: credit_cost,
    completed_at_ms: event.occurred_at_ms,
  })
}

function failed(event: EventOf<'TaskFailed'>): ViewWrite[] {
  const { code, detail } = event.data
  const failed_at_ms = event.occurred_at_ms
  return taskEnded(event, 'failed', { failure_code: code, failure_detail: detail, failed_at_ms })
}

function packed({ job_id, occurred_at_ms, data }: EventOf<'JobPacked'>): ViewWrite[] {
  return [
    setJob(job_id, {
      packed_key: data.output_key,
      packed_sha256: data.output_sha256,
      packed_bytes: data.output_bytes,
      packed_extension: data.output_extension,
      packed_at_ms: occurred_at_ms,
    }),
  ]
}

function deleted({ job_id, account_id, occurred_at_ms }: EventOf<'JobDeleted'>): ViewWrite[] {
  const fields: DeletedJobFields = { account_id, deleted_at_ms: String(occurred_at_ms) }
  return [{ do: 'set', doc: deletedJobDoc(job_id), fields: { ...fields } }]
}

function ofType(event: Event): ViewWrite[] {
  const { job_id, occurred_at_ms } = event
  switch (event.type) {
    case 'JobSubmitted':
      return submitted(event)
    case 'JobApproved':
      return [setJob(job_id, { approved_at_ms: occurred_at_ms, held_credits: event.data.held_credits })]
    case 'JobCancelled':
      // A job that was seen to be over may be another one now: it is looked at once more.
      return [setJob(job_id, { cancelled_at_ms: occurred_at_ms }), add(openJobsSet, job_id, occurred_at_ms)]
    case 'TaskCancelRequested':
      return [setTask(event.data.task_id, { cancel_requested_at_ms: occurred_at_ms })]
    case 'JobDeleted':
      return deleted(event)
    case 'JobExtracted':
      return extracted(event)
    case 'JobRefused':
      return refused(event)
    case 'TaskPlanned':
      return planned(event)
    case 'TaskStarted':
      return started(event)
    case 'TaskProgressed':
      return progressed(event)
    case 'TaskCompleted':
      return completed(event)
    case 'TaskFailed':
      return failed(event)
    case 'TaskCancelled':
      return taskEnded(event, 'cancelled', { cancelled_at_ms: occurred_at_ms })
    case 'JobPacked':
      return packed(event)
    case 'TaskReady':
    case 'FilmPartReady':
    case 'CreditsGranted':
      return []
    default:
      // An event type of a later version: it stays on the log for the version that knows it.
      event satisfies never
      return []
  }
}

/** The writes of one fact. Facts of any number, order and repetition give the same views. */
export function viewWrites(event: Event): readonly ViewWrite[] {
  const writes = ofType(event)
  const isOfLivingJob = writes.length > 0 && event.job_id !== '' && event.type !== 'JobDeleted'
  return isOfLivingJob
    ? [...writes, max(jobDoc(event.job_id), 'updated_at_ms', event.occurred_at_ms)]
    : writes
}
