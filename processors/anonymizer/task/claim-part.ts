// Takes the lease of a part that nobody makes, so that each part of a shared film has one maker at a time.
import type { Fence } from '#runtime/state/state-store.ts'
import { partTaskId } from '#schemas/ids.ts'
import { type FilmShare, taskLease } from '#schemas/state-keys.ts'
import { partFailed, shareStep } from '../pure/film-share.ts'
import { decideStart } from '../pure/settle-decision.ts'
import { changeShare, readShare } from './film-share-store.ts'
import { readTask } from './read-task.ts'
import { releaseTaskLease } from './task-lease.ts'
import type { TaskPorts } from './task-ports.ts'

export interface Claim {
  readonly part: number
  readonly fence: Fence
  readonly plan: FilmShare['plan']
  /** Media workers that died of it so far. */
  readonly deaths: number
}

export interface FilmTask {
  readonly jobId: string
  readonly taskId: string
}

type ClaimPorts = Pick<TaskPorts, 'store' | 'owner' | 'timing'>

/**
 * A part from `first` on, going round; undefined where all are made or being made, or the film is over.
 * @throws {TransientFailure} STORE_UNAVAILABLE
 */
export async function claimPart(
  ports: ClaimPorts,
  film: FilmTask,
  { first, signal }: { readonly first: number; readonly signal: AbortSignal },
): Promise<Claim | undefined> {
  const { share } = await readShare(ports.store, film.taskId)
  const step = share && shareStep(share, first)
  if (step?.do !== 'make') return undefined
  for (const part of step.parts) {
    const lease = taskLease(partTaskId(film.taskId, part))
    const got = await ports.store.acquireLease(lease, ports.owner, ports.timing.leaseTtlMs)
    if (got.verdict === 'held') continue
    const fence = { lease, token: got.token }
    const claim = await stillToMake(ports, film, { part, fence, starts: got.starts, signal })
    if (claim) return claim
    await releaseTaskLease(ports.store, fence, 'finished')
  }
  return undefined
}

/** What was read before the lease was ours may have changed. */
async function stillToMake(
  ports: ClaimPorts,
  film: FilmTask,
  at: { readonly part: number; readonly fence: Fence; readonly starts: number; readonly signal: AbortSignal },
): Promise<Claim | undefined> {
  const { part, fence, starts, signal } = at
  const { share } = await readShare(ports.store, film.taskId)
  if (!share || share.failed || share.done[part]) return undefined
  const { state } = await readTask(ports.store, film.jobId, film.taskId)
  const { deaths = 0, last_code: lastDeath } = share.deaths[part] ?? {}
  const verdict = decideStart(state, { starts, deaths, lastDeath }, ports.timing)
  if (verdict.do === 'run') return { part, fence, plan: share.plan, deaths }
  if (verdict.do === 'settle' && verdict.ending.how === 'failed') {
    const { ending } = verdict
    const which = { planSha256: share.plan.sha256, part }
    await changeShare(ports, { taskId: film.taskId, fence, signal }, (known) =>
      partFailed(known, which, ending),
    )
  }
  return undefined
}
