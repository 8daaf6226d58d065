// Takes one task from the bus to its one end: completed, failed or cancelled, whoever else has it and whatever dies.
import { failureKind, TransientFailure } from '#runtime/failure.ts'
import type { Fence } from '#runtime/state/state-store.ts'
import { StoreBehind } from '#runtime/state/store-behind.ts'
import type { EventOf } from '#schemas/events/event-types.ts'
import type { Settled } from '#schemas/state-keys.ts'
import { decideStart } from './pure/settle-decision.ts'
import type { Attempt, FullEnding } from './pure/settle-events.ts'
import { forgetShare } from './task/film-share-store.ts'
import { patiently } from './task/patience.ts'
import type { KnownTask } from './task/read-task.ts'
import { type SettleResult, settleTask } from './task/settle-task.ts'
import { removeAllAttempts, removeAttempt } from './task/store-result.ts'
import { keepVigil, releaseTaskLease, takeTaskLease, type WatchedTask } from './task/task-lease.ts'
import type { TaskPorts } from './task/task-ports.ts'
import { workOnTask } from './task/work-on-task.ts'

type TaskReady = EventOf<'TaskReady'>

const watched = (event: TaskReady): WatchedTask => ({
  jobId: event.job_id,
  taskId: event.data.task_id,
  kind: event.data.media_kind,
})

/**
 * Resolves when the task has ended, by us or by somebody else; its record can be committed then.
 * @throws {TransientFailure} when it should be handed to us again; the signal's reason when we stop, with the lease
 * handed back; anything else is a mistake of ours
 */
export async function handleTaskReady(
  ports: TaskPorts,
  event: TaskReady,
  signal: AbortSignal,
): Promise<void> {
  const task = watched(event)
  const lease = await takeTaskLease(ports, task, signal)
  if (lease.verdict === 'settled') return endedBefore(ports, task, lease.how)
  const { known, isFirst } = lease
  if (known.state.settled !== undefined) {
    await releaseTaskLease(ports.store, lease.fence, 'settled')
    return endedBefore(ports, task, known.state.settled)
  }
  // A task that is handed back or taken over was begun in its time; since when it waits again is not known.
  if (isFirst) ports.metrics.waited(task.kind, (ports.clock.now() - event.occurred_at_ms) / 1000)
  if (lease.starts > 1) ports.metrics.restarted(task.kind)
  await underLease(ports, event, { fence: lease.fence, starts: lease.starts, known, isFirst, signal })
}

/** Whoever ended it may have been killed between that and clearing up. */
async function endedBefore(ports: TaskPorts, task: WatchedTask, how: Settled): Promise<void> {
  if (how !== 'completed') await removeAllAttempts(ports.objects, task)
  if (task.kind === 'film') await forgetShare(ports, task)
}

interface Held {
  readonly fence: Fence
  readonly starts: number
  /** As of the grant of the lease. */
  readonly known: KnownTask
  /** Nobody can have stored anything for the task before. */
  readonly isFirst: boolean
  readonly signal: AbortSignal
}

async function underLease(ports: TaskPorts, event: TaskReady, held: Held): Promise<void> {
  let result: SettleResult
  try {
    result = await bringToEnd(ports, event, held)
  } catch (error) {
    // After a mistake of ours the lease runs out by itself, so that the start counts: else it would be made for ever.
    if (held.signal.aborted || failureKind(error).kind === 'transient')
      await releaseTaskLease(ports.store, held.fence, 'returned')
    throw error
  }
  if (result.did === 'lost')
    throw new TransientFailure('STORE_UNAVAILABLE', 'Another process has taken the task over.')
  // The step of ours that settled it has ended the lease.
  if (result.by !== 'us') await releaseTaskLease(ports.store, held.fence, 'settled')
}

async function bringToEnd(ports: TaskPorts, event: TaskReady, held: Held): Promise<SettleResult> {
  const started = performance.now()
  const attempt = attemptAt(event, held.fence)
  const wanted = await endingFor(ports, event, held)
  const result =
    'did' in wanted
      ? wanted
      : await settleTask(ports, attempt, {
          fence: held.fence,
          wanted,
          known: held.known,
          signal: held.signal,
        })
  if (result.did === 'settled' && result.by === 'us') {
    const seconds = (performance.now() - started) / 1000
    const { media_kind: kind, model } = event.data
    const failed = result.how === 'failed' && !('did' in wanted) && wanted.how === 'failed'
    const code = failed ? wanted.code : undefined
    ports.metrics.settled({ kind, model, outcome: result.how, code, seconds, credits: result.credits })
    ports.log.info({ task_id: attempt.taskId, outcome: result.how, seconds }, 'a task has ended')
  }
  await clearUp(ports, { attempt, kind: watched(event).kind, result }, held.signal)
  return result
}

/** How the task should end, after the work that it takes to know. */
async function endingFor(ports: TaskPorts, event: TaskReady, held: Held): Promise<FullEnding | SettleResult> {
  const task = watched(event)
  await using vigil = keepVigil(ports, task, held.fence)
  const signal = AbortSignal.any([held.signal, vigil.signal])
  const { known } = held
  const history = { starts: held.starts, deaths: known.deaths, lastDeath: known.lastDeath }
  const verdict = decideStart(known.state, history, ports.timing)
  if (verdict.do === 'nothing') return { did: 'settled', how: verdict.settled, by: 'other' }
  if (verdict.do === 'wait') throw new StoreBehind(`Not now: ${verdict.why}.`)
  if (verdict.do === 'settle' && verdict.ending.how !== 'completed') return verdict.ending
  // None of them can settle any more: they were stopped or killed, or their lease is ours now.
  if (!held.isFirst) await removeAllAttempts(ports.objects, task)
  try {
    const attempt = attemptAt(event, held.fence)
    return await workOnTask(ports, { event, attempt, fence: held.fence, signal })
  } catch (error) {
    if (vigil.end() === 'lease-lost') return { did: 'lost', by: 'other' }
    if (vigil.end() === 'called-off') return { how: 'cancelled' }
    throw error
  }
}

const attemptAt = (event: TaskReady, fence: Fence): Attempt => ({
  accountId: event.account_id,
  jobId: event.job_id,
  taskId: event.data.task_id,
  attempt: fence.token,
  creditCost: event.data.credit_cost,
})

/** Leaves the objects of the one result there is, and none where there is no result. */
async function clearUp(
  ports: TaskPorts,
  ended: { readonly attempt: Attempt; readonly kind: WatchedTask['kind']; readonly result: SettleResult },
  signal: AbortSignal,
): Promise<void> {
  const { objects, timing } = ports
  const { attempt, kind, result } = ended
  await patiently(
    async () => {
      if (result.did === 'settled' && result.how !== 'completed') await removeAllAttempts(objects, attempt)
      else if (result.by === 'other') await removeAttempt(objects, attempt)
      if (result.did === 'settled' && kind === 'film') await forgetShare(ports, attempt)
    },
    { limitMs: timing.patienceMs, signal },
  )
}
