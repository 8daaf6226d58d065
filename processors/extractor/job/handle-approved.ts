// Brings the tasks of an approved job to the bus.
import { StoreBehind } from '#runtime/state/store-behind.ts'
import type { EventOf } from '#schemas/events/event-types.ts'
import type { ExtractorPorts } from './extractor-ports.ts'
import { readPlan, readSubmission } from './plan-object.ts'
import { publishReady } from './publish-tasks.ts'
import { readJob } from './read-job.ts'
import { unlessUnwanted } from './unless-unwanted.ts'

/** Done again it repeats the same work items. @throws {TransientFailure} */
export async function handleApproved(ports: ExtractorPorts, event: EventOf<'JobApproved'>): Promise<void> {
  const { decision, plan } = await readJob(ports.store, event.job_id)
  if (decision === undefined) throw new StoreBehind('The decision about the job is not known here.')
  // Cancelled or deleted since: the work items would only be turned away.
  if (decision.state !== 'open') return
  if (plan === undefined || !decision.approved) throw new StoreBehind('The approval is not known here.')
  if (plan.verdict === 'refused') return
  await unlessUnwanted(ports.store, event.job_id, async () => {
    const submission = await readSubmission(ports.objects, event.job_id)
    const origin = { accountId: event.account_id, jobId: event.job_id, nowMs: ports.clock.now() }
    const chosen = { model: submission.model, modelConfig: submission.model_config }
    await publishReady(ports, origin, chosen, readPlan(ports.objects, event.job_id))
  })
}
