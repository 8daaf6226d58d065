// Says what of a deleted job goes from the views: everything but its tombstone.
import {
  accountJobsSet,
  endedJobsSets,
  jobDoc,
  jobEndedSet,
  jobRefusedSet,
  jobStartedSet,
  jobTasksSet,
  openJobsSet,
  taskDoc,
} from '#schemas/views.ts'

export const setsOfJob = (jobId: string): readonly string[] => [
  jobTasksSet(jobId),
  jobStartedSet(jobId),
  jobRefusedSet(jobId),
  jobEndedSet(jobId, 'completed'),
  jobEndedSet(jobId, 'failed'),
  jobEndedSet(jobId, 'cancelled'),
]

export interface Purge {
  readonly docs: readonly string[]
  readonly sets: readonly string[]
  readonly members: readonly { readonly set: string; readonly member: string }[]
}

export const purgeOfJob = (
  jobId: string,
  accountIds: readonly string[],
  taskIds: readonly string[],
): Purge => ({
  docs: [jobDoc(jobId), ...taskIds.map(taskDoc)],
  sets: setsOfJob(jobId),
  members: [...accountIds.map(accountJobsSet), openJobsSet, ...endedJobsSets].map((set) => ({
    set,
    member: jobId,
  })),
})
