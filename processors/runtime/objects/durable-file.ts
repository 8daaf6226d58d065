// Makes a file appear under its final name only when its bytes and its name are on the disk.
import { mkdir, open, rename, rmdir } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Somebody may remove an empty folder between its making and its use. */
const FOLDER_TRIES = 5

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : ''
export const isMissing = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes(codeOf(error))

export async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, 'r')
  await folder.sync()
}

/** Makes the folder with its parents and syncs every folder that got a new entry. */
async function makeFolder(path: string): Promise<void> {
  const firstMade = await mkdir(path, { recursive: true, mode: 0o700 })
  if (firstMade === undefined) return
  for (let made = path; made.length >= firstMade.length; made = dirname(made)) await syncFolder(dirname(made))
}

/** Syncs a folder unless it is gone: then so is what was in it, by somebody's will. */
export async function syncFolderIfThere(path: string): Promise<void> {
  try {
    await syncFolder(path)
  } catch (error) {
    if (!isMissing(error)) throw error
  }
}

/** Moves a finished temporary file of the same file system to its final path and syncs both. */
export async function publishFile(temporary: string, path: string): Promise<void> {
  await using file = await open(temporary, 'r')
  await file.sync()
  for (let tries = 1; ; tries += 1)
    try {
      await makeFolder(dirname(path))
      await rename(temporary, path)
      break
    } catch (error) {
      if (!isMissing(error) || tries === FOLDER_TRIES) throw error
    }
  await syncFolderIfThere(dirname(path))
}

/** Removes the folder and its parents while they are empty, but never `root` or what lies above it. */
export async function removeEmptyFolders(path: string, root: string): Promise<void> {
  for (let folder = path; folder.length > root.length && folder.startsWith(root); folder = dirname(folder))
    try {
      await rmdir(folder)
    } catch (error) {
      if (isMissing(error)) continue
      if (['ENOTEMPTY', 'EEXIST'].includes(codeOf(error))) return
      throw error
    }
}
