// Lets one process at a time write a data folder; the operating system lets go of the lock when the owner dies.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { ConfigurationError } from '../configuration-error.ts'

/** SQLite's own file lock on an empty side database: fcntl underneath, so `kill -9` of the owner frees it. */
const LOCK_FILE = 'lock'
/** Says who has it, for the message only. */
const OWNER_FILE = 'lock.owner'

const ownerOf = (dataDir: string): string => {
  try {
    return ` (process ${readFileSync(join(dataDir, OWNER_FILE), 'utf8').trim()})`
  } catch {
    return ''
  }
}

/**
 * Takes the lock of a data folder until disposed.
 * @throws {ConfigurationError} when another process, or this one, has it.
 */
export function lockDataFolder(dataDir: string, ownerName: string): Disposable {
  const lock = new DatabaseSync(join(dataDir, LOCK_FILE), { timeout: 0 })
  try {
    lock.exec('PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE')
  } catch (cause) {
    lock.close()
    throw new ConfigurationError(
      `The data folder ${dataDir} is in use by another syntonym${ownerOf(dataDir)}. ` +
        'Stop that one first, or give this one another folder (--data-dir or SYNTONYM_DATA_DIR).',
      { cause },
    )
  }
  writeFileSync(join(dataDir, OWNER_FILE), `${ownerName}\n`)
  return { [Symbol.dispose]: () => lock.close() }
}
