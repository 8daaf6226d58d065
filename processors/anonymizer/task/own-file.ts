// Opens a file that a worker left in a task's folder, if it is a plain file that really lies there.
import { closeSync, constants, fstatSync, openSync, readlinkSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * The open file for reading; undefined where there is none, or something else than a plain file. `path` lies two folders
 * below one that is ours: what is below that one the worker may have put there.
 */
export function openOwn(path: string): number | undefined {
  let file: number
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined
    throw error
  }
  const ours = realpathSync(dirname(dirname(dirname(path))))
  const meant = join(ours, ...path.split('/').slice(-3))
  if (fstatSync(file).isFile() && readlinkSync(`/proc/self/fd/${file}`) === meant) return file
  closeSync(file)
  return undefined
}
