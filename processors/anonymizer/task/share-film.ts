// Shares a film that is cut into parts with whoever has time, makes parts of it meanwhile, and gathers them when all are made.
import { createReadStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { PermanentFailure, TransientFailure } from '#runtime/failure.ts'
import { pause } from '#runtime/pause.ts'
import type { EventOf } from '#schemas/events/event-types.ts'
import { eventId, partTaskId } from '#schemas/ids.ts'
import type { ModelChoice } from '#schemas/model-config.ts'
import { sharedPlanKey } from '#schemas/object-keys.ts'
import { type FilmShare, partProgressKey, partProgressSchema } from '#schemas/state-keys.ts'
import { PLAN_NAME, partName } from '../film/pure/part-name.ts'
import { planned, shareStep } from '../pure/film-share.ts'
import type { Progress } from '../pure/settle-events.ts'
import { sharedProgress } from '../pure/shared-progress.ts'
import type { TaskFolder } from '../worker/task-folder.ts'
import { every } from './every.ts'
import { changeShare, readShare } from './film-share-store.ts'
import { makeNextPart, type SharedFilm } from './make-shared-part.ts'
import { openOwn } from './own-file.ts'
import type { FilmSharing, TaskPorts } from './task-ports.ts'
import type { WorkInHand } from './work-in-hand.ts'

export type SharingPorts = TaskPorts & { readonly sharing: FilmSharing }

export interface FilmToShare {
  readonly choice: ModelChoice
  /** Has the film, and its plan among its parts. */
  readonly folder: TaskFolder
  readonly parts: number
  readonly onProgress: (progress: Progress) => void
}

/**
 * Resolves when every part is made and listed, by whomever.
 * @throws {PermanentFailure} with the code of a part that cannot be made
 * @throws {TransientFailure} when the film should be begun again; the signal's reason; a mistake of ours
 */
export async function shareFilm(
  ports: SharingPorts,
  work: WorkInHand,
  film: FilmToShare,
): Promise<FilmShare> {
  using _hand = ports.sharing.hands.own(work.attempt.taskId)
  const share = await listPlan(ports, work, film)
  await askForHands(ports, work, share)
  ports.log.info({ task_id: work.attempt.taskId, parts: share.parts }, 'a film is shared')
  await using watch = watchParts(ports, work, film.onProgress)
  const signal = AbortSignal.any([work.signal, watch.signal])
  const own: SharedFilm = {
    ...{ jobId: work.attempt.jobId, taskId: work.attempt.taskId },
    ...{ extension: work.event.data.extension, choice: film.choice, folder: film.folder },
    prepare: async () => {},
  }
  for (;;) {
    signal.throwIfAborted()
    const known = (await readShare(ports.store, own.taskId)).share
    if (!known)
      throw new TransientFailure('STORE_UNAVAILABLE', 'The parts of the film are not known any more.')
    const step = shareStep(known)
    if (step.do === 'fail') throw new PermanentFailure(step.code, step.detail)
    if (step.do === 'join') return known
    const end = await makeNextPart(ports, own, { first: 0, signal })
    if (end === 'cannot')
      throw new TransientFailure('MODEL_NOT_AVAILABLE', 'The models changed while the film was worked on.')
    if (end === undefined) await pause(ports.timing.pollMs, signal)
  }
}

async function listPlan(ports: TaskPorts, work: WorkInHand, film: FilmToShare): Promise<FilmShare> {
  const { jobId, taskId, attempt } = work.attempt
  const file = openOwn(join(film.folder.paths(work.event.data.extension).parts, PLAN_NAME))
  if (file === undefined)
    throw new PermanentFailure('RENDER_FAILED', 'The worker left no plan where it said it would.')
  const content = createReadStream('', { fd: file, autoClose: true })
  const { key, sha256 } = await ports.objects.put(sharedPlanKey(jobId, taskId, attempt), content)
  const at = { taskId, fence: work.fence, signal: work.signal }
  const told = await changeShare(ports, at, (known) => ({
    do: 'put',
    share: planned(known, { stored: { key, sha256 }, parts: film.parts }),
  }))
  if (told.did === 'written') return told.share
  throw new TransientFailure('STORE_UNAVAILABLE', 'Another process has taken the film over.')
}

/** At least so many are asked: keys fall on partitions by chance, and few of them would miss a worker that has time. */
const LEAST_REQUESTS = 16

/** For each part that is not made; whoever takes one makes parts as long as there are any. */
async function askForHands(ports: SharingPorts, work: WorkInHand, share: FilmShare): Promise<void> {
  const step = shareStep(share)
  if (step.do !== 'make') return
  const { event, attempt } = work
  const { extension, input_key, input_sha256, model, model_config } = event.data
  const requests = Math.max(step.parts.length, LEAST_REQUESTS)
  const records = Array.from({ length: requests }, (_, n) => {
    const part = step.parts[n % step.parts.length] ?? 0
    const partId = partTaskId(attempt.taskId, part)
    const ready: EventOf<'FilmPartReady'> = {
      event_id: eventId('FilmPartReady', partId, attempt.attempt, n),
      occurred_at_ms: ports.clock.now(),
      account_id: event.account_id,
      job_id: event.job_id,
      type: 'FilmPartReady',
      data: {
        ...{ task_id: attempt.taskId, part_id: partId, part, parts: share.parts },
        ...{ extension, input_key, input_sha256, model, model_config },
      },
    }
    return ports.sharing.encode(ready)
  })
  await ports.bus.publish(await Promise.all(records))
}

/** Tells how far all parts are, and aborts `signal` with the failure of one that cannot be made. */
function watchParts(
  ports: TaskPorts,
  work: WorkInHand,
  onProgress: (progress: Progress) => void,
): AsyncDisposable & { readonly signal: AbortSignal } {
  const { taskId } = work.attempt
  const failed = new AbortController()
  const done = new AbortController()
  const startedMs = performance.now()
  let before: number | undefined
  const look = async (): Promise<void> => {
    const { share } = await readShare(ports.store, taskId)
    const step = share && shareStep(share)
    if (!share || !step) return
    if (step.do === 'fail') return failed.abort(new PermanentFailure(step.code, step.detail))
    const parts = step.do === 'make' ? step.parts : []
    const entries = await ports.store.getMany(parts.map((part) => partProgressKey(partTaskId(taskId, part))))
    const running = entries.flatMap((entry) =>
      entry ? partProgressSchema.parse(JSON.parse(entry.value)) : [],
    )
    const since = { seconds: (performance.now() - startedMs) / 1000, progress: before ?? 0 }
    const told = sharedProgress(share, running, since)
    before ??= told.progress
    onProgress(told)
  }
  const watched = every(ports.timing.progressMs, done.signal, look).catch((error: unknown) =>
    failed.abort(error),
  )
  return {
    signal: failed.signal,
    [Symbol.asyncDispose]: async () => {
      done.abort()
      await watched
    },
  }
}

/**
 * Puts film, plan and parts into a folder that no worker has seen, to be joined there.
 * @throws {PermanentFailure} OBJECT_MISSING, OBJECT_CORRUPT
 */
export async function gatherParts(
  ports: Pick<TaskPorts, 'objects'>,
  share: FilmShare,
  partsPath: string,
): Promise<void> {
  await mkdir(partsPath)
  const listed = Object.entries(share.done).map(([part, stored]) => [partName(Number(part)), stored] as const)
  for (const [name, { key, sha256 }] of [[PLAN_NAME, share.plan] as const, ...listed])
    if ((await ports.objects.fetchTo(key, join(partsPath, name))).sha256 !== sha256)
      throw new PermanentFailure('OBJECT_CORRUPT', 'A stored part of the film is not the one that was made.')
}
