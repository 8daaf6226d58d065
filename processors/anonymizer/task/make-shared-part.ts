// Makes one part of a shared film under the part's lease, and has it listed once; or tells why the film cannot be made.
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { failureKind, PermanentFailure } from '#runtime/failure.ts'
import { inSpan, stageSpans } from '#runtime/trace.ts'
import { isFailureCode } from '#schemas/failure-codes.ts'
import { partTaskId } from '#schemas/ids.ts'
import type { ModelChoice } from '#schemas/model-config.ts'
import { sharedPartKey } from '#schemas/object-keys.ts'
import { partName } from '../film/pure/part-name.ts'
import { partFailed, partKilledWorkers, partMade } from '../pure/film-share.ts'
import { decideDeath } from '../pure/settle-decision.ts'
import type { RenderReport } from '../worker/protocol.ts'
import type { TaskFolder } from '../worker/task-folder.ts'
import { WorkerDeath } from '../worker/worker-death.ts'
import type { WorkerTurn } from '../worker/worker-pool.ts'
import type { MediaOrder } from '../worker/worker-slot.ts'
import { type Claim, claimPart, type FilmTask } from './claim-part.ts'
import { changeShare } from './film-share-store.ts'
import { openOwn } from './own-file.ts'
import { patiently } from './patience.ts'
import { keepVigil, releaseTaskLease } from './task-lease.ts'
import type { TaskPorts } from './task-ports.ts'
import { tellPartProgress } from './tell-part-progress.ts'

/**
 * `failed`: the film fails with it. `over`: nobody waits for it, or it is another's now. `cannot`: not with the models,
 * the program or the objects that are here.
 */
export type PartEnd = 'made' | 'failed' | 'over' | 'cannot'

export interface SharedFilm extends FilmTask {
  /** Lower case with the dot. */
  readonly extension: string
  readonly choice: ModelChoice
  /** Has the film, and the plan among its parts, once `prepare` has seen to it. */
  readonly folder: TaskFolder
  /** Called under the part's lease. @throws {PermanentFailure} where film or plan cannot be had */
  readonly prepare: (plan: Claim['plan'], signal: AbortSignal) => Promise<void>
}

/**
 * Waits for a free worker and makes the next part with it that nobody makes; undefined where there is none.
 * @throws {TransientFailure} when it should be tried again; the signal's reason; a mistake of ours
 */
export async function makeNextPart(
  ports: TaskPorts,
  film: SharedFilm,
  options: { readonly first: number; readonly signal: AbortSignal },
): Promise<PartEnd | undefined> {
  // First the worker, then the part: a part that waited for a worker here could be made elsewhere.
  using turn = await ports.pool.take(options.signal)
  const claim = await claimPart(ports, film, options)
  if (!claim) return undefined
  const work = { film, claim, turn, signal: options.signal }
  const end = await inSpan('make part', spanOf(work), () => underLease(ports, work))
  ports.log.info({ task_id: film.taskId, part: claim.part, outcome: end }, 'a part of a film has ended')
  return end
}

const spanOf = ({ film, claim }: Pick<PartInHand, 'film' | 'claim'>) => ({
  'syntonym.task_id': film.taskId,
  'syntonym.kind': 'film',
  'syntonym.part': claim.part,
})

interface PartInHand {
  readonly film: SharedFilm
  readonly claim: Claim
  readonly turn: WorkerTurn
  readonly signal: AbortSignal
}

/** A part that was made is never made again; one that is over may be another's. */
const RELEASED = { made: 'settled', failed: 'settled', over: 'finished', cannot: 'returned' } as const

async function underLease(ports: TaskPorts, work: PartInHand): Promise<PartEnd> {
  const { store } = ports
  const { fence } = work.claim
  await using vigil = keepVigil(ports, { ...work.film, kind: 'film' }, fence)
  try {
    const signal = AbortSignal.any([work.signal, vigil.signal])
    const end = await makeAndList(ports, { ...work, signal })
    await releaseTaskLease(store, fence, RELEASED[end])
    return end
  } catch (error) {
    if (vigil.end() === 'lease-lost') return 'over'
    // After a mistake of ours the lease runs out by itself, so that the start counts.
    const isOver = vigil.end() === 'called-off'
    if (isOver || work.signal.aborted || failureKind(error).kind === 'transient')
      await releaseTaskLease(store, fence, isOver ? 'finished' : 'returned')
    if (isOver) return 'over'
    throw error
  }
}

async function makeAndList(ports: TaskPorts, work: PartInHand): Promise<PartEnd> {
  const { film, claim, signal } = work
  try {
    await film.prepare(claim.plan, signal)
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof PermanentFailure) return 'cannot'
    throw error
  }
  try {
    const report = await withWorkers(ports, work)
    if (report === 'failed' || report === 'over') return report
    if (!report.shared || !('part' in report.shared) || report.shared.part !== 'made') return 'cannot'
    ports.metrics.partMade(report)
    return await listed(ports, work)
  } catch (error) {
    signal.throwIfAborted()
    const failure = failureKind(error)
    if (failure.kind !== 'permanent') throw error
    const code = isFailureCode(failure.code) ? failure.code : 'INTERNAL'
    const told = code === 'INTERNAL' ? ports.log.error : ports.log.info
    told({ task_id: film.taskId, part: claim.part, code, err: error }, 'a part of a film cannot be made')
    await changeShare(ports, whereOf(work), (known) =>
      partFailed(known, whichOf(claim), { code, detail: failure.detail }),
    )
    return 'failed'
  }
}

const whichOf = ({ plan, part }: Claim) => ({ planSha256: plan.sha256, part })
const whereOf = ({ film, claim, signal }: PartInHand) => ({
  taskId: film.taskId,
  fence: claim.fence,
  signal,
})

/** With a new worker where one died, as often as a part may cost one. */
async function withWorkers(ports: TaskPorts, work: PartInHand): Promise<RenderReport | 'failed' | 'over'> {
  const { film, claim, turn, signal } = work
  const { extension, choice, folder } = film
  const id = partTaskId(film.taskId, claim.part)
  const order: MediaOrder = {
    ...{ id, extension, choice, kind: 'film', until: 'rendered', given: false },
    shared: { do: 'part', index: claim.part },
  }
  using stages = stageSpans(spanOf(work))
  await using progress = tellPartProgress(ports, id, claim.fence)
  for (let deaths = claim.deaths; ; ) {
    try {
      return await turn.run(order, folder, { signal, onProgress: progress.heard, onStage: stages.begin })
    } catch (error) {
      if (!(error instanceof WorkerDeath)) throw error
      const { code, by } = error
      ports.log.warn({ task_id: film.taskId, part: claim.part, code, by }, 'a media worker died')
      deaths++
      const told = await changeShare(ports, whereOf(work), (known) =>
        partKilledWorkers(known, whichOf(claim), { deaths, code }),
      )
      signal.throwIfAborted()
      if (told.did !== 'written') return 'over'
      if (decideDeath(deaths, code).do === 'settle') return 'failed'
    }
  }
}

/** Stored first, listed then; what is not listed is taken away again. @throws {PermanentFailure} RENDER_FAILED */
async function listed(ports: TaskPorts, work: PartInHand): Promise<PartEnd> {
  const { film, claim, signal } = work
  const path = join(film.folder.paths(film.extension).parts, partName(claim.part))
  const key = sharedPartKey(film.jobId, film.taskId, { part: claim.part, token: claim.fence.token })
  const store = async () => {
    const file = openOwn(path)
    if (file === undefined)
      throw new PermanentFailure(
        'RENDER_FAILED',
        'The worker left no part of the film where it said it would.',
      )
    return ports.objects.put(key, createReadStream('', { fd: file, autoClose: true }))
  }
  const { sha256 } = await patiently(store, { limitMs: ports.timing.patienceMs, signal })
  const told = await changeShare(ports, whereOf(work), (known) =>
    partMade(known, whichOf(claim), { key, sha256 }),
  )
  if (told.did === 'written') return 'made'
  if (told.did === 'nothing' && told.share?.done[claim.part]?.key === key) return 'made'
  await ports.objects.delete(key)
  return 'over'
}
