// Removes every byte of a deleted job from the object store, and what the extractor kept about it.
import { failureKind } from '#runtime/failure.ts'
import type { EventOf } from '#schemas/events/event-types.ts'
import { jobPrefix } from '#schemas/object-keys.ts'
import { extractLease, outcomeKey, packLease, submitTraceKey, synSeedKey } from '#schemas/state-keys.ts'
import { type ExtractorPorts, PUBLISHED_AT_ONCE } from './extractor-ports.ts'
import { inGroups, readPlan } from './plan-object.ts'

type DeletePorts = Pick<ExtractorPorts, 'store' | 'objects'>

async function forgetOutcomes(ports: DeletePorts, jobId: string): Promise<void> {
  try {
    for await (const group of inGroups(readPlan(ports.objects, jobId), PUBLISHED_AT_ONCE))
      await ports.store.commit({ deletes: group.map((task) => outcomeKey(task.task_id)) })
  } catch (error) {
    // A job without a plan has no tasks; a plan that is gone was deleted by an earlier try, after its entries.
    const failure = failureKind(error)
    if (failure.kind !== 'permanent' || failure.code !== 'OBJECT_MISSING') throw error
  }
}

/** Done again it finds nothing. The decision stays as a tombstone, so that late work recognises it. */
export async function handleDeleted(ports: DeletePorts, event: EventOf<'JobDeleted'>): Promise<void> {
  await ports.store.commit({ deletes: [synSeedKey(event.job_id), submitTraceKey(event.job_id)] })
  await forgetOutcomes(ports, event.job_id)
  await ports.objects.deletePrefix(jobPrefix(event.job_id))
  await ports.store.dropLease(extractLease(event.job_id))
  await ports.store.dropLease(packLease(event.job_id))
}
