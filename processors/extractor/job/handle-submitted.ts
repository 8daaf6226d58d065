// Brings a submitted job to its plan and, where nobody has to approve it, its tasks to the bus; again and again if need be.
import { TransientFailure } from '#runtime/failure.ts'
import type { Fence } from '#runtime/state/state-store.ts'
import { StoreBehind } from '#runtime/state/store-behind.ts'
import type { EventOf } from '#schemas/events/event-types.ts'
import { jobPrefix, sourceKey } from '#schemas/object-keys.ts'
import type { PlanEntry } from '#schemas/state-keys.ts'
import { extractLease } from '#schemas/state-keys.ts'
import { OUTCOMES } from '#schemas/topics.ts'
import { decideSubmitted, type Extracted, extractionStep } from '../pure/extraction-step.ts'
import { jobExtracted, jobRefused } from '../pure/job-facts.ts'
import { extractJob } from './extract-job.ts'
import type { ExtractorPorts } from './extractor-ports.ts'
import { takeLease, underLease } from './hold-lease.ts'
import { readPlan } from './plan-object.ts'
import { publishReady } from './publish-tasks.ts'
import { readJob } from './read-job.ts'
import { unlessUnwanted } from './unless-unwanted.ts'

type JobSubmitted = EventOf<'JobSubmitted'>

/** Each conflict means that somebody decided something meanwhile. */
const MAX_CONFLICTS = 100

async function message(ports: ExtractorPorts, event: JobSubmitted, extracted: Extracted) {
  const origin = { accountId: event.account_id, jobId: event.job_id, nowMs: ports.clock.now() }
  const fact =
    extracted.verdict === 'planned'
      ? jobExtracted(origin, extracted.totals)
      : jobRefused(origin, extracted.code, extracted.detail)
  return await ports.encode(OUTCOMES.name, event.job_id, fact)
}

/** Writes the plan entry and its fact in one step, while the job is still wanted. */
async function commitPlan(ports: ExtractorPorts, event: JobSubmitted, fence: Fence, extracted: Extracted) {
  for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts++) {
    const known = await readJob(ports.store, event.job_id)
    if (decideSubmitted(known).do !== 'extract') return
    const step = extractionStep(event.job_id, known.decisionVersion, extracted)
    const outbox = [await message(ports, event, extracted)]
    const result = await ports.store.commit({ ...step, fence, outbox })
    if (result.verdict === 'done') return ports.wakeRelay()
    if (result.verdict === 'fenced')
      throw new TransientFailure('STORE_UNAVAILABLE', 'Another process has taken the job over.')
  }
  throw new TransientFailure('STORE_UNAVAILABLE', 'Too many changes at once.')
}

async function extract(ports: ExtractorPorts, event: JobSubmitted, signal: AbortSignal): Promise<void> {
  const verdict = async () => decideSubmitted(await readJob(ports.store, event.job_id)).do
  const lease = await takeLease(ports, extractLease(event.job_id), {
    isDone: async () => (await verdict()) !== 'extract',
    signal,
  })
  if (lease.verdict === 'done') return
  const { fence, starts } = lease
  await underLease(ports, fence, {
    signal,
    isCalledOff: async () => (await verdict()) === 'remove',
    work: async (working) => {
      if ((await verdict()) !== 'extract') return
      await commitPlan(ports, event, fence, await extractJob(ports, event, { starts, signal: working }))
    },
  })
}

/** What follows from a plan; done again it changes nothing. */
async function goOn(ports: ExtractorPorts, event: JobSubmitted, plan: PlanEntry): Promise<void> {
  // The members are stored, or the archive is refused: its own bytes are not needed any more.
  await ports.objects.delete(sourceKey(event.job_id))
  if (plan.verdict === 'refused' || event.data.needs_approval) return
  const origin = { accountId: event.account_id, jobId: event.job_id, nowMs: ports.clock.now() }
  const chosen = { model: event.data.model, modelConfig: event.data.model_config }
  await unlessUnwanted(ports.store, event.job_id, () =>
    publishReady(ports, origin, chosen, readPlan(ports.objects, event.job_id)),
  )
}

/**
 * Resolves when the job is planned or refused, or when nobody wants it any more.
 * @throws {TransientFailure} when the record should be handed to us again; the signal's reason when we stop
 */
export async function handleSubmitted(
  ports: ExtractorPorts,
  event: JobSubmitted,
  signal: AbortSignal,
): Promise<void> {
  for (let rounds = 0; rounds < MAX_CONFLICTS; rounds++) {
    const verdict = decideSubmitted(await readJob(ports.store, event.job_id))
    if (verdict.do === 'wait') throw new StoreBehind('The decision about the job is not known here.')
    if (verdict.do === 'remove') return await ports.objects.deletePrefix(jobPrefix(event.job_id))
    if (verdict.do === 'go-on') return await goOn(ports, event, verdict.plan)
    await unlessUnwanted(ports.store, event.job_id, () => extract(ports, event, signal))
  }
  throw new TransientFailure('STORE_UNAVAILABLE', 'Too many changes at once.')
}
