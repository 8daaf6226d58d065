// Holds a lease while a job is worked on, and says when it is lost or the work has become pointless.
import { failureKind, TransientFailure } from '#runtime/failure.ts'
import { pause } from '#runtime/pause.ts'
import { leaseWaitMs } from '#runtime/state/lease-wait.ts'
import type { Fence } from '#runtime/state/state-store.ts'
import type { ExtractorPorts } from './extractor-ports.ts'

type LeasePorts = Pick<ExtractorPorts, 'store' | 'clock' | 'timing' | 'owner'>

export type LeaseResult =
  | { readonly verdict: 'granted'; readonly fence: Fence; readonly starts: number }
  /** What the lease is for was done while we waited. */
  | { readonly verdict: 'done' }

/** Waits until the lease is ours or `isDone` says so. @throws the signal's reason */
export async function takeLease(
  ports: LeasePorts,
  lease: string,
  options: { readonly isDone: () => Promise<boolean>; readonly signal: AbortSignal },
): Promise<LeaseResult> {
  for (;;) {
    const got = await ports.store.acquireLease(lease, ports.owner, ports.timing.leaseTtlMs)
    if (got.verdict === 'granted')
      return { verdict: 'granted', fence: { lease, token: got.token }, starts: got.starts }
    await pause(leaseWaitMs(got.untilMs, ports.clock.now(), ports.timing.pollMs), options.signal)
    options.signal.throwIfAborted()
    if (await options.isDone()) return { verdict: 'done' }
  }
}

/** The work was called off: the job was cancelled or deleted. */
export class CalledOff extends Error {}

async function renewUntil(
  ports: LeasePorts,
  fence: Fence,
  options: { readonly done: AbortSignal; readonly isCalledOff: () => Promise<boolean> },
): Promise<void> {
  for (;;) {
    await pause(ports.timing.leaseRenewMs, options.done)
    if (options.done.aborted) return
    try {
      if ((await ports.store.renewLease(fence, ports.timing.leaseTtlMs)) === 'lost')
        throw new TransientFailure('STORE_UNAVAILABLE', 'Another process has taken the job over.')
      if (await options.isCalledOff()) throw new CalledOff()
    } catch (error) {
      // A store that is away changes nothing; the commit will find out whether the lease is still ours.
      const away = failureKind(error).kind === 'transient' && (await isOurs(ports, fence))
      if (!away) throw error
    }
  }
}

/** True also where nobody answers. */
async function isOurs(ports: LeasePorts, fence: Fence): Promise<boolean> {
  try {
    return (await ports.store.renewLease(fence, ports.timing.leaseTtlMs)) === 'renewed'
  } catch (error) {
    if (failureKind(error).kind === 'transient') return true
    throw error
  }
}

/**
 * Works under a lease that is renewed meanwhile. The lease is dropped when the work is done, handed back when it
 * should be done again soon, and left to run out after a mistake of ours, so that the start counts.
 * @throws {TransientFailure} when the lease was lost; {CalledOff}; what the work throws
 */
export async function underLease<T>(
  ports: LeasePorts,
  fence: Fence,
  options: {
    readonly signal: AbortSignal
    readonly isCalledOff: () => Promise<boolean>
    readonly work: (signal: AbortSignal) => Promise<T>
  },
): Promise<T> {
  const over = new AbortController()
  const done = new AbortController()
  const renewing = renewUntil(ports, fence, { done: done.signal, isCalledOff: options.isCalledOff }).catch(
    (error: unknown) => over.abort(error),
  )
  try {
    const result = await options.work(AbortSignal.any([options.signal, over.signal]))
    await ports.store.dropLease(fence.lease)
    return result
  } catch (error) {
    const cause = over.signal.aborted ? over.signal.reason : error
    if (options.signal.aborted || cause instanceof CalledOff || failureKind(cause).kind === 'transient')
      await handBack(ports, fence)
    throw cause
  } finally {
    done.abort()
    await renewing
  }
}

async function handBack(ports: LeasePorts, fence: Fence): Promise<void> {
  try {
    await ports.store.releaseLease(fence, 'returned')
  } catch (error) {
    // Where the store is away the lease runs out by itself.
    if (failureKind(error).kind !== 'transient') throw error
  }
}
