// A private folder for the files of one task: made empty, seen by one worker only while it works, removed afterwards.
import { randomUUID } from 'node:crypto'
import { lstat, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { removeFolder } from './remove-folder.ts'

/** Names of the files inside a task's folder; `extension` in lower case with the dot. */
export interface TaskPaths {
  readonly input: string
  readonly output: string
  readonly document: string
  /** A detection document given from outside, to render from. */
  readonly given: string
  /** A folder for finished parts of a long film; made by whoever needs it. */
  readonly parts: string
}

export interface TaskFolder extends AsyncDisposable {
  readonly path: string
  paths(extension: string): TaskPaths
}

const PRIVATE = 0o700
const EXTENSION = /^\.[a-z0-9]{1,8}$/

/** Paths of a task's files below a folder. An extension that is none of ours is left out. */
export function taskPaths(folder: string, extension: string): TaskPaths {
  const suffix = EXTENSION.test(extension) ? extension : ''
  return {
    input: join(folder, `input${suffix}`),
    output: join(folder, `output${suffix}`),
    document: join(folder, 'detections.json'),
    given: join(folder, 'given.json'),
    parts: join(folder, 'parts'),
  }
}

const tasksFolder = (root: string): string => join(root, 'tasks')
export const slotFolder = (root: string, slot: number): string => join(root, 'slots', String(slot))

/** Removes what an earlier run left under `root` and makes the folders of the slots. `root` belongs to one pool. */
export async function sweepWorkRoot(root: string, slots: number): Promise<void> {
  await rm(tasksFolder(root), { recursive: true, force: true })
  await rm(join(root, 'slots'), { recursive: true, force: true })
  await mkdir(tasksFolder(root), { recursive: true, mode: PRIVATE })
  for (let slot = 0; slot < slots; slot++)
    await mkdir(slotFolder(root, slot), { recursive: true, mode: PRIVATE })
}

/** A new empty folder for one task. */
export async function openTaskFolder(root: string): Promise<TaskFolder> {
  const path = join(tasksFolder(root), randomUUID())
  await mkdir(path, { mode: PRIVATE })
  return {
    path,
    paths: (extension) => taskPaths(path, extension),
    [Symbol.asyncDispose]: () => removeFolder(path),
  }
}

/** Moves a task's folder to where the slot's worker sees it and returns its path there. Same file system: one rename. */
export async function lendFolder(folder: TaskFolder, slotPath: string): Promise<string> {
  const inside = join(slotPath, 'task')
  await rename(folder.path, inside)
  return inside
}

/**
 * Takes the folder back and empties the slot of everything else. What a worker put in its place (nothing, a link, a
 * file) is thrown away for an empty folder: nobody is led through it to the files of others.
 */
export async function takeFolderBack(folder: TaskFolder, slotPath: string): Promise<void> {
  const inside = join(slotPath, 'task')
  const facts = await lstat(inside).catch(ignoreMissing)
  if (facts?.isDirectory()) await rename(inside, folder.path)
  else await mkdir(folder.path, { mode: PRIVATE })
  for (const left of await readdir(slotPath)) await rm(join(slotPath, left), { recursive: true, force: true })
}

function ignoreMissing(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
  throw error
}
