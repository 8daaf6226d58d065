// Keeps finished parts of a long film where the task's next owner finds them, and forgets them when the task has ended.
import { closeSync, createReadStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { failureKind, PermanentFailure } from '#runtime/failure.ts'
import type { Objects } from '#runtime/objects/objects.ts'
import type { Fence } from '#runtime/state/state-store.ts'
import { describeSpan, inSpan, withinTrace } from '#runtime/trace.ts'
import { partKey, partsPrefix } from '#schemas/object-keys.ts'
import { filmPartsKey, filmPartsSchema } from '#schemas/state-keys.ts'
import type { Attempt } from '../pure/settle-events.ts'
import { openOwn } from './own-file.ts'
import type { TaskPorts } from './task-ports.ts'

export interface FilmParts {
  /** Brings what is kept into a new folder of that name; what cannot be had is left out. Returns how many came. */
  fetchInto(folder: string): Promise<number>
  /** Takes a part that a worker finished; stores it in its own time. */
  keep(name: string, path: string): void
  /** Takes no more; parts that wait are stored, or dropped where nobody will need them. @throws a mistake of ours */
  stop(waiting: 'store' | 'drop'): Promise<void>
}

type PartPorts = Pick<TaskPorts, 'store' | 'objects' | 'log'>

/**
 * Parts are written under the attempt's own keys and listed under its fence: what an owner stores that has lost its lease
 * is never listed. A store that is away costs the part, not the task.
 */
export function filmParts(ports: PartPorts, attempt: Attempt, fence: Fence): FilmParts {
  const { store, objects, log } = ports
  const { jobId, taskId } = attempt
  let queue: Promise<void> = Promise.resolve()
  let isDropping = false
  let bug: unknown
  const listed = async () => {
    const entry = await store.get(filmPartsKey(taskId))
    return entry === undefined ? {} : filmPartsSchema.parse(JSON.parse(entry.value))
  }
  const at = { 'syntonym.task_id': taskId, 'syntonym.kind': 'film' }
  // A part is heard of from the worker's process, outside of the task's own calls.
  const storeOne = withinTrace((name: string, file: number) =>
    inSpan('store part', at, () => putAndList(name, file)),
  )
  const putAndList = async (name: string, file: number): Promise<void> => {
    const key = partKey(jobId, taskId, attempt.attempt, name)
    const { sha256, bytes } = await objects.put(key, createReadStream('', { fd: file, autoClose: true }))
    describeSpan({ 'syntonym.bytes': bytes })
    const value = JSON.stringify({ ...(await listed()), [name]: { key, sha256 } })
    const { verdict } = await store.commit({ fence, puts: [{ key: filmPartsKey(taskId), value }] })
    if (verdict === 'done') return
    isDropping = true
    await objects.delete(key)
  }
  return {
    async fetchInto(folder) {
      await mkdir(folder)
      let came = 0
      for (const [name, { key, sha256 }] of Object.entries(await listed())) {
        const path = join(folder, basename(name))
        if (await fetchOne(objects, key, path, sha256)) came++
        else await rm(path, { force: true })
      }
      return came
    },
    keep(name, path) {
      // Opened at once: the worker's folder may be gone when its turn comes.
      const file = isDropping ? undefined : openOwn(path)
      if (file === undefined) return
      queue = queue.then(async () => {
        if (isDropping) return closeSync(file)
        try {
          await storeOne(name, file)
        } catch (error) {
          if (failureKind(error).kind === 'unclassified') bug ??= error
          else log.warn({ task_id: taskId, err: error }, 'a finished part of a film could not be kept')
        }
      })
    },
    async stop(waiting) {
      isDropping ||= waiting === 'drop'
      await queue
      isDropping = true
      if (bug !== undefined) throw bug
    },
  }
}

/** Whether it came as it was stored. */
async function fetchOne(objects: Objects, key: string, path: string, sha256: string): Promise<boolean> {
  try {
    return (await objects.fetchTo(key, path)).sha256 === sha256
  } catch (error) {
    if (error instanceof PermanentFailure) return false
    throw error
  }
}

/** Removes the parts that all attempts stored. */
export const removeFilmParts = (objects: Objects, task: Pick<Attempt, 'jobId' | 'taskId'>): Promise<void> =>
  objects.deletePrefix(partsPrefix(task.jobId, task.taskId))
