// Takes the request for a hand at a film from the bus: makes parts of it as long as there are any that nobody makes.
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { PermanentFailure } from '#runtime/failure.ts'
import type { EventOf } from '#schemas/events/event-types.ts'
import { readModelConfig } from '#schemas/model-config.ts'
import { type FilmShare, taskLease } from '#schemas/state-keys.ts'
import { PLAN_NAME } from './film/pure/part-name.ts'
import { decideRunning } from './pure/settle-decision.ts'
import { forgetShare, readShare } from './task/film-share-store.ts'
import { makeNextPart, type SharedFilm } from './task/make-shared-part.ts'
import { readTask } from './task/read-task.ts'
import type { SharingPorts } from './task/share-film.ts'
import type { TaskPorts } from './task/task-ports.ts'
import type { TaskFolder } from './worker/task-folder.ts'

type FilmPartReady = EventOf<'FilmPartReady'>

/**
 * Resolves when nobody is needed here any more; its record can be committed then. The film does not hang on it: whoever
 * holds the film's own task makes every part that nobody else makes.
 * @throws {TransientFailure} when it should be handed to us again; the signal's reason; a mistake of ours
 */
export async function handleFilmPart(
  ports: TaskPorts,
  event: FilmPartReady,
  signal: AbortSignal,
): Promise<void> {
  const film = { jobId: event.job_id, taskId: event.data.task_id }
  if (ports.sharing !== undefined) {
    const sharing: SharingPorts = { ...ports, sharing: ports.sharing }
    if (!(await isOver(sharing, event))) {
      // Until then the record is the sign that there is more to do than the hands here can: others may take it over.
      using _hand = await ports.sharing.hands.lend(film.taskId, signal)
      if (!(await isOver(sharing, event))) return await makeParts(sharing, event, signal)
    }
  }
  const { state } = await readTask(ports.store, film.jobId, film.taskId)
  if (state.settled === undefined) return
  // Whoever made this part may have been killed with bytes stored and its lease held.
  await forgetShare(ports, film)
  await ports.store.dropLease(taskLease(event.data.part_id))
}

/** Nobody needs a hand of ours: the film has ended, is called off, was begun anew, or is planned in another way than here. */
async function isOver(ports: SharingPorts, { job_id, data }: FilmPartReady): Promise<boolean> {
  const { state } = await readTask(ports.store, job_id, data.task_id)
  if (decideRunning('film', state).do === 'abort') return true
  const { share } = await readShare(ports.store, data.task_id)
  return share === undefined || ports.sharing.hands.areRefused(data.task_id, share.plan.sha256)
}

async function makeParts(ports: SharingPorts, event: FilmPartReady, signal: AbortSignal): Promise<void> {
  const { task_id: taskId, part: first } = event.data
  const { hands, draining } = ports.sharing
  await using folder = await ports.pool.openFolder()
  const film = filmOf(ports, event, folder)
  while (!draining.aborted) {
    const end = await makeNextPart(ports, film, { first, signal })
    const { share } = end === 'cannot' ? await readShare(ports.store, taskId) : {}
    if (share) hands.refuse(taskId, share.plan.sha256)
    if (end === undefined || end === 'cannot') return
  }
}

function filmOf(ports: TaskPorts, event: FilmPartReady, folder: TaskFolder): SharedFilm {
  const { job_id: jobId, data } = event
  const config = readModelConfig(data.model, data.model_config)
  if (config.verdict === 'refused')
    throw new PermanentFailure(
      'EVENT_UNREADABLE',
      'The part carries a model configuration that does not read.',
    )
  let fetched: FilmShare['plan'] | undefined
  return {
    ...{ jobId, taskId: data.task_id, extension: data.extension, choice: config.choice, folder },
    prepare: async (plan, signal) => {
      // Nothing is written into the folder once a worker has had it.
      if (fetched && fetched.sha256 !== plan.sha256)
        throw new PermanentFailure('OBJECT_CORRUPT', 'The film was planned anew.')
      if (fetched) return
      await fetchFilm(ports, { event, plan, folder }, signal)
      fetched = plan
    },
  }
}

/** @throws {PermanentFailure} OBJECT_MISSING, OBJECT_CORRUPT */
async function fetchFilm(
  { objects }: Pick<TaskPorts, 'objects'>,
  from: { readonly event: FilmPartReady; readonly plan: FilmShare['plan']; readonly folder: TaskFolder },
  signal: AbortSignal,
): Promise<void> {
  const { event, plan, folder } = from
  const paths = folder.paths(event.data.extension)
  await mkdir(paths.parts, { recursive: true })
  const files = [
    { key: event.data.input_key, sha256: event.data.input_sha256, path: paths.input },
    { ...plan, path: join(paths.parts, PLAN_NAME) },
  ]
  for (const { key, sha256, path } of files) {
    await rm(path, { force: true })
    const stored = await objects.fetchTo(key, path)
    signal.throwIfAborted()
    if (stored.sha256 !== sha256)
      throw new PermanentFailure('OBJECT_CORRUPT', 'The stored file is not the one that was handed in.')
  }
}
