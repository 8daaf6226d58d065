// Finds the folders that every program needs to start: the loader and the system's shared libraries, nothing else.
import { lstat, readlink } from 'node:fs/promises'
import type { SystemFolder } from './pure/box-request.ts'

const LIBRARIES = ['/usr/lib', '/usr/lib64', '/usr/local/lib', '/lib', '/lib64']
/** The loader's index, and where NVIDIA's container runtime and Debian's alternatives put links to libraries. */
const LOADER_FILES = ['/etc/ld.so.cache', '/etc/ld.so.conf', '/etc/ld.so.conf.d', '/etc/alternatives']

async function describe(path: string): Promise<SystemFolder | undefined> {
  try {
    const facts = await lstat(path)
    return facts.isSymbolicLink()
      ? { is: 'link', path, target: await readlink(path) }
      : { is: 'folder', path }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** Library folders of this machine, links as links. */
export async function systemFolders(): Promise<readonly SystemFolder[]> {
  const found = await Promise.all([...LIBRARIES, ...LOADER_FILES].map(describe))
  return found.filter((folder) => folder !== undefined)
}
