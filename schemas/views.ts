// Names the view documents, their fields and the sets that the projection writes and the gateway reads.
import { HIDE_MODELS, type HideModel } from './model-config.ts'

export const jobDoc = (jobId: string): string => `job:${jobId}`
export const taskDoc = (taskId: string): string => `task:${taskId}`
/** The tombstone of a deleted job. It is never removed and wins over everything else that is known of the job. */
export const deletedJobDoc = (jobId: string): string => `deleted:${jobId}`
/**
 * Present (field `since_ms`) once the views hold every fact up to that time. While it is absent the views are being built
 * anew: an unknown id may exist, so a reader answers 503 and not 404.
 */
export const viewsReadyDoc = 'views:ready'
/** All tasks of a job, scored by their index. */
export const jobTasksSet = (jobId: string): string => `job:${jobId}:tasks`
/** Tasks of a job with a terminal fact of that kind, all with score 0; refused members are among the failed. */
export const jobEndedSet = (jobId: string, how: 'completed' | 'failed' | 'cancelled'): string =>
  `job:${jobId}:${how}`
/** Tasks of a job that were started, all with score 0. */
export const jobStartedSet = (jobId: string): string => `job:${jobId}:started`
/** Tasks of a job whose members were refused when it was planned, all with score 0; they are among the failed ones, too. */
export const jobRefusedSet = (jobId: string): string => `job:${jobId}:refused`
/** Jobs that were not yet seen to be over, scored by submission time; whoever counts them moves those that are. */
export const openJobsSet = 'jobs:open'
const ENDS = ['completed', 'failed', 'cancelled'] as const
/** Jobs that were seen to be over, all with score 0. */
export const endedJobsSet = (how: (typeof ENDS)[number], model: HideModel): string => `jobs:${how}:${model}`
export const endedJobsSets: readonly string[] = ENDS.flatMap((how) =>
  HIDE_MODELS.map((model) => endedJobsSet(how, model)),
)
/** Jobs of an account, scored by submission time in milliseconds. */
export const accountJobsSet = (accountId: string): string => `account:${accountId}:jobs`

/**
 * Fields of a job's document, all text: numbers in decimal, times in milliseconds since 1970 UTC, flags `true`/`false`.
 * Each field is written by one event type, with a value that the event determines, except where max or min is said.
 */
export interface JobFields {
  /** JobSubmitted. While `account_id` is absent the submission was not folded yet: treat the job as unknown. */
  readonly account_id?: string
  readonly input_file?: string
  /** picture, film, archive */
  readonly input_kind?: string
  /** blur, syn */
  readonly model?: string
  /** Normalised configuration as JSON. */
  readonly model_config?: string
  readonly needs_approval?: string
  readonly user_tag?: string
  readonly created_at_ms?: string
  /** JobApproved */
  readonly approved_at_ms?: string
  readonly held_credits?: string
  /** JobCancelled */
  readonly cancelled_at_ms?: string
  /** JobExtracted */
  readonly task_count?: string
  readonly total_credit_cost?: string
  readonly estimated_seconds?: string
  readonly archive_format?: string
  readonly plan_key?: string
  readonly extracted_at_ms?: string
  /** JobRefused */
  readonly refused_code?: string
  readonly refused_detail?: string
  readonly refused_at_ms?: string
  /** JobPacked */
  readonly packed_key?: string
  readonly packed_sha256?: string
  readonly packed_bytes?: string
  readonly packed_extension?: string
  readonly packed_at_ms?: string
  /** Min over TaskStarted. */
  readonly started_at_ms?: string
  /** Max over TaskCompleted, TaskFailed, TaskCancelled. */
  readonly last_task_ended_at_ms?: string
  /** Max over all events of the job. */
  readonly updated_at_ms?: string
}

/** Fields of a task's document; written as those of a job. */
export interface TaskFields {
  /** TaskPlanned, and with the same values JobSubmitted for the one task of a single file. */
  readonly job_id?: string
  readonly account_id?: string
  readonly task_index?: string
  /** JobSubmitted of a single file: the last part of its path; shown until `file_name` is there. */
  readonly submitted_name?: string
  /** TaskPlanned */
  readonly file_name?: string
  /** picture, film; absent when it was not recognised */
  readonly media_kind?: string
  readonly bytes?: string
  readonly width?: string
  readonly height?: string
  readonly frames?: string
  readonly duration_seconds?: string
  readonly credit_cost?: string
  readonly refused_code?: string
  readonly refused_detail?: string
  /** TaskCancelRequested */
  readonly cancel_requested_at_ms?: string
  /** Max over TaskStarted and TaskProgressed. */
  readonly attempt?: string
  /** Max over TaskStarted: the beginning of the last attempt. */
  readonly started_at_ms?: string
  /** Latest of TaskProgressed: JSON, read with `taskProgress`. */
  readonly progress?: string
  /** Max over TaskProgressed of all attempts, 0..1. */
  readonly furthest?: string
  /** TaskCompleted */
  readonly output_key?: string
  readonly output_sha256?: string
  readonly output_bytes?: string
  readonly output_extension?: string
  readonly document_key?: string
  readonly faces?: string
  readonly plates?: string
  readonly frames_done?: string
  readonly charged_credits?: string
  /** JSON */
  readonly report?: string
  readonly processing_seconds?: string
  readonly completed_at_ms?: string
  /** TaskFailed */
  readonly failure_code?: string
  readonly failure_detail?: string
  readonly failed_at_ms?: string
  /** TaskCancelled */
  readonly cancelled_at_ms?: string
}

/** Fields of a tombstone. */
export interface DeletedJobFields {
  readonly account_id: string
  readonly deleted_at_ms: string
}

/** What the last TaskProgressed of a task said. */
export interface TaskProgress {
  readonly attempt: number
  /** 0..1 */
  readonly progress: number
  readonly frames_per_second: number | null
  readonly eta_seconds: number | null
  readonly at_ms: number
}

/** The progress of the present attempt, or undefined when it has told none yet. */
export function taskProgress(task: TaskFields): TaskProgress | undefined {
  if (task.progress === undefined) return undefined
  // Written by the fold only.
  const told = JSON.parse(task.progress) as TaskProgress
  return told.attempt < Number(task.attempt ?? 0) ? undefined : told
}

/** How far the task ever was, 0..1: who follows it never sees it go back, also where another attempt began again. */
export const shownProgress = (task: TaskFields): number =>
  Math.max(Number(task.furthest ?? 0), taskProgress(task)?.progress ?? 0)

/**
 * One idempotent write into the views. Applying it twice, or in any order with others, gives the same views:
 * `set` always carries the same value for its field, `add` is a set insertion, `max` keeps the larger number,
 * `latest` keeps the value with the highest `order` (and of equal orders the text that sorts last).
 */
export type ViewWrite =
  | { readonly do: 'set'; readonly doc: string; readonly fields: Readonly<Record<string, string>> }
  | { readonly do: 'add'; readonly set: string; readonly member: string; readonly score: number }
  | { readonly do: 'max'; readonly doc: string; readonly field: string; readonly value: number }
  | {
      readonly do: 'latest'
      readonly doc: string
      readonly field: string
      readonly value: string
      readonly order: number
    }
