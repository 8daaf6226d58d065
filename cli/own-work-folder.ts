// Gives each process of a machine a work folder of its own, and empties those whose process is gone.
import { mkdir, readdir, realpath, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigurationError } from '#runtime/configuration-error.ts'
import { lockDataFolder } from '#runtime/sqlite/data-folder-lock.ts'

const MOST_PROCESSES = 1_000

/** Undefined when another process has it. */
function lockIfFree(folder: string, owner: string): Disposable | undefined {
  try {
    return lockDataFolder(folder, owner)
  } catch (error) {
    if (error instanceof ConfigurationError) return undefined
    throw error
  }
}

/** After `kill -9` a folder holds originals of tasks in work: whoever starts next on this machine removes them. */
async function emptyAbandoned(root: string, mine: string, owner: string): Promise<void> {
  for (const name of await readdir(root)) {
    if (name === mine) continue
    using lock = lockIfFree(join(root, name), owner)
    if (lock !== undefined) await rm(join(root, name, 'files'), { recursive: true, force: true })
  }
}

export interface OwnWorkFolder extends AsyncDisposable {
  /** Empty, without links in its path. */
  readonly path: string
}

/** `<dataDir>/work/<room>/<number>/files`, locked until disposed; the system frees the lock of a process that dies. */
export async function ownWorkFolder(dataDir: string, room: string): Promise<OwnWorkFolder> {
  const root = join(dataDir, 'work', room)
  const owner = String(process.pid)
  for (let slot = 0; slot < MOST_PROCESSES; slot += 1) {
    const folder = join(root, String(slot))
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const lock = lockIfFree(folder, owner)
    if (lock === undefined) continue
    const files = join(folder, 'files')
    await rm(files, { recursive: true, force: true })
    await mkdir(files, { mode: 0o700 })
    await emptyAbandoned(root, String(slot), owner)
    return {
      path: await realpath(files),
      async [Symbol.asyncDispose]() {
        await rm(files, { recursive: true, force: true })
        lock[Symbol.dispose]()
      },
    }
  }
  throw new ConfigurationError(`${MOST_PROCESSES} processes already work in ${root}.`)
}
