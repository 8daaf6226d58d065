// Names the view documents and sets that the projection writes and the gateway reads.

/** Fields of a job's document. Every field is written by one event type, so any order of events gives the same document. */
export const jobDoc = (jobId: string): string => `job:${jobId}`
/** Fields of a task's document. */
export const taskDoc = (taskId: string): string => `task:${taskId}`
/** All tasks of a job, scored by their index. */
export const jobTasksSet = (jobId: string): string => `job:${jobId}:tasks`
/** Tasks of a job with a terminal fact of that kind, scored by their index. */
export const jobEndedSet = (jobId: string, how: 'completed' | 'failed' | 'cancelled'): string =>
  `job:${jobId}:${how}`
/** Tasks of a job that were started, scored by their index. */
export const jobStartedSet = (jobId: string): string => `job:${jobId}:started`
/** Jobs of an account, scored by submission time in milliseconds. */
export const accountJobsSet = (accountId: string): string => `account:${accountId}:jobs`

/**
 * One idempotent write into the views. Applying it twice, or in any order with others, gives the same views:
 * `set` always carries the same value for its field, `add` is a set insertion, `max` keeps the larger number.
 */
export type ViewWrite =
  | { readonly do: 'set'; readonly doc: string; readonly fields: Readonly<Record<string, string>> }
  | { readonly do: 'add'; readonly set: string; readonly member: string; readonly score: number }
  | { readonly do: 'max'; readonly doc: string; readonly field: string; readonly value: number }
