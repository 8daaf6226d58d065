// Ends a task in one atomic step, or finds out that it has ended already or is no longer ours.

import { TransientFailure } from '#runtime/failure.ts'
import type { Fence, StepResult } from '#runtime/state/state-store.ts'
import type { Settled } from '#schemas/state-keys.ts'
import { decideSettle } from '../pure/settle-decision.ts'
import { type Attempt, endedFact, type FullEnding } from '../pure/settle-events.ts'
import { settleStep } from '../pure/settle-step.ts'
import { patiently } from './patience.ts'
import { type KnownTask, readTask } from './read-task.ts'
import type { TaskPorts } from './task-ports.ts'

/** Whose step settled the task. `unclear`: the answer to a commit of ours got lost, so it may have been ours. */
export type SettledBy = 'us' | 'other' | 'unclear'

export type SettleResult =
  | { readonly did: 'settled'; readonly how: Settled; readonly by: Exclude<SettledBy, 'us'> }
  /** `credits`: that were held and moved with it. */
  | { readonly did: 'settled'; readonly how: Settled; readonly by: 'us'; readonly credits: number }
  /** The lease has gone to somebody else. */
  | { readonly did: 'lost'; readonly by: Exclude<SettledBy, 'us'> }

type SettlePorts = Pick<TaskPorts, 'store' | 'encode' | 'clock' | 'timing'>

/** Each conflict means that a person changed something meanwhile. */
const MAX_CONFLICTS = 100

/**
 * Settles a task as wanted, or as cancelled where a cancellation came before. Waits for a store that is away.
 * @throws {TransientFailure} STORE_UNAVAILABLE when the decision is unknown or the store stays away
 */
export async function settleTask(
  ports: SettlePorts,
  attempt: Attempt,
  options: {
    readonly fence: Fence
    readonly wanted: FullEnding
    /** How the task stood at some time under this lease; what changed since is noticed and read. */
    readonly known?: KnownTask
    readonly signal: AbortSignal
  },
): Promise<SettleResult> {
  const { fence, wanted, signal } = options
  const limits = { limitMs: ports.timing.patienceMs, signal }
  let by: Exclude<SettledBy, 'us'> = 'other'
  for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts++) {
    const known =
      conflicts === 0 && options.known !== undefined
        ? options.known
        : await patiently(() => readTask(ports.store, attempt.jobId, attempt.taskId), limits)
    const verdict = decideSettle(known.state, wanted)
    if (verdict.do === 'nothing') return { did: 'settled', how: verdict.settled, by }
    const { decision } = known.state
    if (verdict.do === 'wait' || decision === undefined)
      throw new TransientFailure('STORE_UNAVAILABLE', 'The decision about the job is not known here.')
    const ending = verdict.ending.how === wanted.how ? wanted : cancelledEnding
    const outbox = [await ports.encode(endedFact(attempt, ports.clock.now(), ending))]
    const step = settleStep(attempt, ending.how, { decision, versions: known.versions })
    const commit = async (): Promise<StepResult> => {
      try {
        return await ports.store.commit({ ...step, fence, endsLease: true, outbox })
      } catch (error) {
        by = 'unclear'
        throw error
      }
    }
    const result = await patiently(commit, limits)
    const credits = decision.metered ? attempt.creditCost : 0
    if (result.verdict === 'done') return { did: 'settled', how: ending.how, by: 'us', credits }
    if (result.verdict === 'fenced') return fencedOff(ports, attempt, by)
    // Held credits below a task's cost: the ledger and the plan disagree, and nobody should go on.
    if (result.verdict === 'short') throw new Error(`counter ${result.counter} does not cover the task`)
  }
  throw new TransientFailure('STORE_UNAVAILABLE', 'Too many changes at once.')
}

/** The lease ends with whoever settles: somebody else, or a commit of ours whose answer got lost. */
async function fencedOff(
  ports: SettlePorts,
  attempt: Attempt,
  by: Exclude<SettledBy, 'us'>,
): Promise<SettleResult> {
  const { state } = await readTask(ports.store, attempt.jobId, attempt.taskId)
  return state.settled === undefined ? { did: 'lost', by } : { did: 'settled', how: state.settled, by }
}

const cancelledEnding: FullEnding = { how: 'cancelled' }
