// Keeps how each task of an archive ended, and has the results packed when the last one has.
import { TransientFailure } from '#runtime/failure.ts'
import type { Fence } from '#runtime/state/state-store.ts'
import { StoreBehind } from '#runtime/state/store-behind.ts'
import { packKey } from '#schemas/object-keys.ts'
import { outcomeKey, packLease, settledCounter } from '#schemas/state-keys.ts'
import { outcomeOf, type TerminalFact } from '#schemas/task-outcome.ts'
import { OUTCOMES } from '#schemas/topics.ts'
import { jobPacked, type PackedObject } from '../pure/job-facts.ts'
import type { EndedTask } from '../pure/pack-manifest.ts'
import { decidePack, type PackVerdict, packStep } from '../pure/pack-step.ts'
import type { ExtractorPorts } from './extractor-ports.ts'
import { takeLease, underLease } from './hold-lease.ts'
import { endedTasks, packJob } from './pack-job.ts'
import { type KnownJob, readJob } from './read-job.ts'
import { unlessUnwanted } from './unless-unwanted.ts'

const MAX_CONFLICTS = 100

async function verdictOn(ports: ExtractorPorts, jobId: string): Promise<PackVerdict & { known: KnownJob }> {
  const known = await readJob(ports.store, jobId)
  const settledCount = await ports.store.counter(settledCounter(jobId))
  return { ...decidePack({ ...known, settledCount }), known }
}

async function commitPacked(
  ports: ExtractorPorts,
  event: TerminalFact,
  fence: Fence,
  packed: PackedObject,
): Promise<void> {
  const jobId = event.job_id
  for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts++) {
    const verdict = await verdictOn(ports, jobId)
    if (verdict.do !== 'pack') {
      // Deleted while it was packed: nothing of it stays.
      if (verdict.known.decision?.state === 'deleted') await ports.objects.delete(packKey(jobId))
      return
    }
    const origin = { accountId: event.account_id, jobId, nowMs: ports.clock.now() }
    const step = packStep(jobId, verdict.known.decisionVersion, JSON.stringify(packed.sha256))
    const outbox = [await ports.encode(OUTCOMES.name, jobId, jobPacked(origin, packed))]
    const result = await ports.store.commit({ ...step, fence, outbox })
    if (result.verdict === 'done') return ports.wakeRelay()
    if (result.verdict === 'fenced')
      throw new TransientFailure('STORE_UNAVAILABLE', 'Another process packs the job.')
  }
  throw new TransientFailure('STORE_UNAVAILABLE', 'Too many changes at once.')
}

async function packUnderLease(
  ports: ExtractorPorts,
  event: TerminalFact,
  ended: readonly EndedTask[],
  signal: AbortSignal,
): Promise<void> {
  const jobId = event.job_id
  const isOver = async () => (await verdictOn(ports, jobId)).do === 'nothing'
  const lease = await takeLease(ports, packLease(jobId), { isDone: isOver, signal })
  if (lease.verdict === 'done') return
  await underLease(ports, lease.fence, {
    signal,
    isCalledOff: isOver,
    work: async (working) => {
      const verdict = await verdictOn(ports, jobId)
      if (verdict.do !== 'pack') return
      const packed = await packJob(ports, { jobId, format: verdict.format, ended }, working)
      await commitPacked(ports, event, lease.fence, packed)
    },
  })
}

async function packIfEnded(ports: ExtractorPorts, event: TerminalFact, signal: AbortSignal): Promise<void> {
  if ((await verdictOn(ports, event.job_id)).do !== 'pack') return
  const ended = await endedTasks(ports.store, ports.objects, event.job_id)
  // The facts still missing are on their way, and each asks again.
  if (ended?.some(({ outcome }) => outcome?.how === 'completed'))
    await packUnderLease(ports, event, ended, signal)
}

/**
 * Resolves when the outcome is kept and, if it was the last one, the job is packed.
 * @throws {TransientFailure} when the record should be handed to us again; the signal's reason when we stop
 */
export async function handleOutcome(
  ports: ExtractorPorts,
  event: TerminalFact,
  signal: AbortSignal,
): Promise<void> {
  const { decision, plan } = await readJob(ports.store, event.job_id)
  if (decision === undefined || plan === undefined)
    throw new StoreBehind('The decision about the job is not known here.')
  // A kill in the middle of packing a job that was deleted meanwhile may have left the archive.
  if (decision.state === 'deleted') return await ports.objects.delete(packKey(event.job_id))
  if (plan.verdict === 'refused' || plan.archive_format === null || decision.state !== 'open') return
  const value = JSON.stringify(outcomeOf(event))
  await ports.store.commit({ puts: [{ key: outcomeKey(event.data.task_id), value }] })
  await unlessUnwanted(ports.store, event.job_id, () => packIfEnded(ports, event, signal))
}
