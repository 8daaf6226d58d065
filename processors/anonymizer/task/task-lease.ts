// Holds the lease of a task while it is worked on, and says when it is lost or the task was called off.

import { failureKind } from '#runtime/failure.ts'
import { pause } from '#runtime/pause.ts'
import { leaseWaitMs } from '#runtime/state/lease-wait.ts'
import type { Fence, StateStore } from '#runtime/state/state-store.ts'
import { type Settled, taskLease } from '#schemas/state-keys.ts'
import { decideRunning } from '../pure/settle-decision.ts'
import { every } from './every.ts'
import { entriesOfTask, type KnownTask, knownTask, readTask } from './read-task.ts'
import type { TaskPorts } from './task-ports.ts'

export interface WatchedTask {
  readonly jobId: string
  readonly taskId: string
  readonly kind: 'picture' | 'film'
}

export type TaskLeaseResult =
  | {
      readonly verdict: 'granted'
      readonly fence: Fence
      readonly starts: number
      /** How the task stood at the moment of the grant. */
      readonly known: KnownTask
      /** Nobody can have stored anything for it before. */
      readonly isFirst: boolean
    }
  /** The task has ended while somebody else had the lease. */
  | { readonly verdict: 'settled'; readonly how: Settled }

type LeasePorts = Pick<TaskPorts, 'store' | 'clock' | 'timing' | 'owner'>

/** Waits until the lease is ours or the task has ended. @throws the signal's reason, {@link TransientFailure} */
export async function takeTaskLease(
  ports: LeasePorts,
  task: WatchedTask,
  signal: AbortSignal,
): Promise<TaskLeaseResult> {
  const lease = taskLease(task.taskId)
  const { store, owner, timing } = ports
  for (;;) {
    const got = await store.acquireLease(
      lease,
      owner,
      timing.leaseTtlMs,
      entriesOfTask(task.jobId, task.taskId),
    )
    if (got.verdict === 'granted') {
      const known = knownTask(got.entries)
      const isFirst = got.isFirst && !known.wasAttempted
      return { verdict: 'granted', fence: { lease, token: got.token }, starts: got.starts, known, isFirst }
    }
    await pause(leaseWaitMs(got.untilMs, ports.clock.now(), timing.pollMs), signal)
    signal.throwIfAborted()
    const { state } = await readTask(store, task.jobId, task.taskId)
    if (state.settled !== undefined) return { verdict: 'settled', how: state.settled }
  }
}

export type VigilEnd = 'lease-lost' | 'called-off'

/** Aborts `signal` when work on the task has become pointless; `end` says why. */
export interface Vigil extends AsyncDisposable {
  readonly signal: AbortSignal
  end(): VigilEnd | undefined
}

/** Renews the lease and asks after cancellations until disposed. A store that is away changes nothing meanwhile. */
export function keepVigil(ports: LeasePorts, task: WatchedTask, fence: Fence): Vigil {
  const over = new AbortController()
  const done = new AbortController()
  let end: VigilEnd | undefined
  const stopFor = (why: VigilEnd): void => {
    end ??= why
    over.abort(new DOMException(`The task is over: ${why}.`, 'AbortError'))
  }
  const renew = async (): Promise<void> => {
    const { leaseTtlMs } = ports.timing
    if ((await ports.store.renewLease(fence, leaseTtlMs)) === 'lost') stopFor('lease-lost')
  }
  const ask = async (): Promise<void> => {
    const { state } = await readTask(ports.store, task.jobId, task.taskId)
    if (decideRunning(task.kind, state).do === 'abort') stopFor('called-off')
  }
  const loops = [
    every(ports.timing.leaseRenewMs, done.signal, renew),
    ...(task.kind === 'film' ? [every(ports.timing.pollMs, done.signal, ask)] : []),
  ]
  // A mistake of ours in here ends the work with that mistake.
  const watched = Promise.all(loops).catch((error: unknown) => over.abort(error))
  return {
    signal: over.signal,
    end: () => end,
    [Symbol.asyncDispose]: async () => {
      done.abort()
      await watched
    },
  }
}

/**
 * Gives the lease back; where the store is away it runs out by itself. `settled` forgets it, whoever has it: nobody
 * will need it. The others do nothing where it has gone to somebody else.
 */
export async function releaseTaskLease(
  store: StateStore,
  fence: Fence,
  how: 'settled' | 'finished' | 'returned',
): Promise<void> {
  try {
    if (how === 'settled') await store.dropLease(fence.lease)
    else await store.releaseLease(fence, how)
  } catch (error) {
    if (failureKind(error).kind !== 'transient') throw error
  }
}
