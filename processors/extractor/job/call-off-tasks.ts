// Ends every task of a cancelled or deleted job that has not ended, whether it ever reached a worker or not.
import { failureKind, TransientFailure } from '#runtime/failure.ts'
import { StoreBehind } from '#runtime/state/store-behind.ts'
import type { EventOf } from '#schemas/events/event-types.ts'
import type { PlannedTask } from '#schemas/plan.ts'
import { settledKey } from '#schemas/state-keys.ts'
import { OUTCOMES } from '#schemas/topics.ts'
import { calledOffFact, callOffStep } from '../pure/call-off-step.ts'
import { type ExtractorPorts, PUBLISHED_AT_ONCE } from './extractor-ports.ts'
import { inGroups, readPlan } from './plan-object.ts'
import { type KnownJob, readJob } from './read-job.ts'

type CallOffPorts = Pick<ExtractorPorts, 'store' | 'objects' | 'clock' | 'encode' | 'wakeRelay'>
type CalledOff = EventOf<'JobCancelled' | 'JobDeleted'>

async function endTask(
  ports: CallOffPorts,
  event: CalledOff,
  task: PlannedTask,
  known: KnownJob,
): Promise<void> {
  const { decision, decisionVersion: version } = known
  if (decision === undefined) return
  const jobId = event.job_id
  const origin = { accountId: event.account_id, jobId, nowMs: ports.clock.now() }
  const step = callOffStep(jobId, task, { decision, version })
  const outbox = [await ports.encode(OUTCOMES.name, jobId, calledOffFact(origin, task))]
  const result = await ports.store.commit({ ...step, outbox })
  if (result.verdict === 'done') return ports.wakeRelay()
  // A worker was faster: the task has its one end.
  if (result.verdict === 'conflict' && result.key === settledKey(task.task_id)) return
  if (result.verdict === 'short') throw new Error(`counter ${result.counter} does not cover the task`)
  throw new TransientFailure('STORE_UNAVAILABLE', 'The decision about the job has changed meanwhile.')
}

/**
 * Only an approved job has tasks that somebody waits for. Done again it finds them ended.
 * @throws {TransientFailure} when it should be done again
 */
export async function callOffTasks(ports: CallOffPorts, event: CalledOff): Promise<void> {
  const known = await readJob(ports.store, event.job_id)
  if (known.decision === undefined || known.decision.state === 'open')
    throw new StoreBehind('The decision about the job is not known here.')
  if (known.plan?.verdict !== 'planned') return
  if (known.decision.needs_approval && !known.decision.approved) return
  try {
    for await (const group of inGroups(readPlan(ports.objects, event.job_id), PUBLISHED_AT_ONCE)) {
      const runnable = group.filter((task) => task.refused === null)
      const settled = await ports.store.getMany(runnable.map((task) => settledKey(task.task_id)))
      for (const [index, task] of runnable.entries())
        if (settled[index] === undefined) await endTask(ports, event, task, known)
    }
  } catch (error) {
    // A plan that is gone was deleted by an earlier try, after all its tasks were ended.
    const failure = failureKind(error)
    if (failure.kind !== 'permanent' || failure.code !== 'OBJECT_MISSING') throw error
  }
}
