// Says under which key each object of a job lies; everything of a job shares one prefix, so deleting is one sweep.

export const jobPrefix = (jobId: string): string => `jobs/${jobId}/`
/** A submitted archive, from when it was read until its members are stored. */
export const sourceKey = (jobId: string): string => `${jobPrefix(jobId)}source`
/** How the job was submitted: what its tasks need to know of it (`schemas/plan.ts`). */
export const submissionKey = (jobId: string): string => `${jobPrefix(jobId)}submission.json`
export const planKey = (jobId: string): string => `${jobPrefix(jobId)}plan.jsonl`
export const inputKey = (jobId: string, taskId: string): string => `${jobPrefix(jobId)}input/${taskId}`
/** All attempts at a task's output. */
export const taskOutputPrefix = (jobId: string, taskId: string): string =>
  `${jobPrefix(jobId)}output/${taskId}/`
export const attemptPrefix = (jobId: string, taskId: string, attempt: number): string =>
  `${taskOutputPrefix(jobId, taskId)}${attempt}/`
export const outputKey = (jobId: string, taskId: string, attempt: number): string =>
  `${attemptPrefix(jobId, taskId, attempt)}result`
export const documentKey = (jobId: string, taskId: string, attempt: number): string =>
  `${attemptPrefix(jobId, taskId, attempt)}detections.json`
/** Finished parts of a film that is worked on, of all attempts; gone when the task has ended. */
export const partsPrefix = (jobId: string, taskId: string): string => `${jobPrefix(jobId)}parts/${taskId}/`
export const partKey = (jobId: string, taskId: string, attempt: number, name: string): string =>
  `${partsPrefix(jobId, taskId)}${attempt}/${name}`
/** How a film is cut that several workers share, of one attempt at the film. */
export const sharedPlanKey = (jobId: string, taskId: string, attempt: number): string =>
  `${partsPrefix(jobId, taskId)}shared/plan-${attempt}`
/** A part of such a film; `token` is the fencing token of the part's own lease. */
export const sharedPartKey = (
  jobId: string,
  taskId: string,
  at: { readonly part: number; readonly token: number },
): string => `${partsPrefix(jobId, taskId)}shared/${at.part}-${at.token}`
export const packKey = (jobId: string): string => `${jobPrefix(jobId)}packed`
