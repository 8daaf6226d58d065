// Follows a job until it has ended, telling a progress display how far it is.
import { isTerminal, STATUS, type Status } from '#schemas/status.ts'
import type { Progress } from '../progress.ts'
import type { RestClient } from './rest-client.ts'

const POLL_MS = 250

/** The status number with which the job ended. */
export async function followJob(
  deps: { readonly client: RestClient; readonly progress: Progress; readonly signal: AbortSignal },
  job: { readonly id: string; readonly label: string },
): Promise<Status> {
  for (;;) {
    const now = await deps.client.status(job.id)
    const status = now.status as Status
    if (isTerminal(status)) {
      const good = status === STATUS.completed
      deps.progress.end(job.label, good ? 'done' : 'failed', now.status_detail)
      return status
    }
    deps.progress.update(job.label, now.progress ?? 0, { etaSeconds: now.eta_seconds ?? null })
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    deps.signal.throwIfAborted()
  }
}
