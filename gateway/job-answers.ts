// Makes the answers of /job_status as text, and keeps those that hang on nothing but what was found of the job.
import type { JobBody } from '#schemas/http/job-bodies.ts'
import { jobSchema } from '#schemas/http/job-bodies.ts'
import type { GatewayParts } from './gateway-parts.ts'
import { jobBody } from './pure/job-body.ts'
import { isId } from './read-entries.ts'
import { askForJob, jobIn, type ReadJob } from './read-job.ts'

/** Jobs whose last answer is kept; about 2 KB each. */
const KEPT_JOBS = 2_000

interface Kept {
  readonly accountId: string
  /** What was found in the stores, whole. */
  readonly from: string
  readonly answer: string
}

/** Neither the time nor what its tasks do changes it. */
const isLasting = (job: ReadJob, body: JobBody): boolean => !job.restsOnTasks && body.eta_seconds === null

/** JSON text for an account, or undefined when the job is unknown to it. The stores are asked every time. */
export function jobAnswers(
  parts: Pick<GatewayParts, 'store' | 'views' | 'together' | 'clock'>,
): (accountId: string, jobId: string) => Promise<string | undefined> {
  const kept = new Map<string, Kept>()
  const keep = (jobId: string, what: Kept): void => {
    kept.delete(jobId)
    kept.set(jobId, what)
    if (kept.size <= KEPT_JOBS) return
    for (const [oldest] of kept) {
      kept.delete(oldest)
      break
    }
  }
  return async (accountId, jobId) => {
    if (!isId(jobId)) return undefined
    const found = await askForJob(parts, jobId)
    const last = kept.get(jobId)
    if (last !== undefined && last.from === found.text && last.accountId === accountId) return last.answer
    const job = await jobIn(parts, found, { accountId, jobId })
    if (job === undefined) return undefined
    const body = jobBody(job, parts.clock.now())
    const answer = JSON.stringify(jobSchema.parse(body))
    if (found.text !== undefined && isLasting(job, body)) keep(jobId, { accountId, from: found.text, answer })
    return answer
  }
}
