// Reads and changes how far a shared film is, in one atomic step at a time, and forgets it when the film has ended.
import type { Objects } from '#runtime/objects/objects.ts'
import type { Fence, StateStore } from '#runtime/state/state-store.ts'
import { partTaskId } from '#schemas/ids.ts'
import { type FilmShare, filmShareKey, filmShareSchema, taskLease } from '#schemas/state-keys.ts'
import type { ShareChange } from '../pure/film-share.ts'
import { removeFilmParts } from './film-parts.ts'
import { patiently } from './patience.ts'
import type { TaskPorts } from './task-ports.ts'

export interface KnownShare {
  readonly share: FilmShare | undefined
  readonly version: number
}

/** @throws {TransientFailure} STORE_UNAVAILABLE */
export async function readShare(store: Pick<StateStore, 'get'>, taskId: string): Promise<KnownShare> {
  const entry = await store.get(filmShareKey(taskId))
  if (entry === undefined) return { share: undefined, version: 0 }
  return { share: filmShareSchema.parse(JSON.parse(entry.value)), version: entry.version }
}

export type ChangeResult =
  | { readonly did: 'written'; readonly share: FilmShare }
  | { readonly did: 'nothing'; readonly why: 'over' | 'known'; readonly share: FilmShare | undefined }
  /** The lease under which it was to be changed has gone to somebody else. */
  | { readonly did: 'lost' }

type ChangePorts = Pick<TaskPorts, 'store' | 'timing'>

/**
 * Decides on what is there, again when somebody else was faster. Waits for a store that is away. Where the answer to a
 * change of ours got lost, it is found as known.
 * @throws {TransientFailure} STORE_UNAVAILABLE @throws the signal's reason
 */
export async function changeShare(
  ports: ChangePorts,
  at: { readonly taskId: string; readonly fence: Fence; readonly signal: AbortSignal },
  decide: (known: FilmShare | undefined) => ShareChange,
): Promise<ChangeResult> {
  const key = filmShareKey(at.taskId)
  const limits = { limitMs: ports.timing.patienceMs, signal: at.signal }
  for (;;) {
    const { share, version } = await patiently(() => readShare(ports.store, at.taskId), limits)
    const change = decide(share)
    if (change.do === 'nothing') return { did: 'nothing', why: change.why, share }
    const puts = [{ key, value: JSON.stringify(change.share) }]
    const step = { fence: at.fence, checks: [{ key, version }], puts }
    const { verdict } = await patiently(() => ports.store.commit(step), limits)
    if (verdict === 'fenced') return { did: 'lost' }
    if (verdict === 'done') return { did: 'written', share: change.share }
  }
}

/** Once a film has ended: what is known of its parts, their leases, and what was stored of them. */
export async function forgetShare(
  ports: { readonly store: StateStore; readonly objects: Objects },
  task: { readonly jobId: string; readonly taskId: string },
): Promise<void> {
  const { share } = await readShare(ports.store, task.taskId)
  if (share) {
    // The entry goes first: without it no part is listed any more, and whoever still makes one takes its bytes away.
    await ports.store.commit({ deletes: [filmShareKey(task.taskId)] })
    for (let part = 0; part < share.parts; part++)
      await ports.store.dropLease(taskLease(partTaskId(task.taskId, part)))
  }
  await removeFilmParts(ports.objects, task)
}
