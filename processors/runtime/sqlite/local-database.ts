// Opens the one SQLite database of a data folder: locked, migrated, in write-ahead-log mode, kill -9 safe.
import { accessSync, constants, mkdirSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { ConfigurationError } from '../configuration-error.ts'
import { lockDataFolder } from './data-folder-lock.ts'
import { migrate } from './migrations.ts'
import { type WriteGrade, WriteQueue } from './write-queue.ts'

/** What the SQLite adapters share: one connection, one queue of writes. */
export interface LocalDatabase extends AsyncDisposable {
  /** A prepared statement, for reads at any time and for writes inside `write`. */
  prepare(sql: string): StatementSync
  /**
   * Runs `work` in a transaction together with other writes of the same moment; it may run twice.
   * @throws {TransientFailure} DISK_FULL, STORE_UNAVAILABLE
   */
  write<T>(work: () => T, grade: WriteGrade): Promise<T>
}

const FILE = 'syntonym.db'
const CACHE_KIB = 32_768
/** Pages of 4 KiB in the log before they move into the database; measured best between 1,000 and 16,000. */
const CHECKPOINT_PAGES = 4_000
/** Another program that only reads (a backup, a shell) may hold the database for this long. */
const BUSY_TIMEOUT_MS = 5_000

function prepareFolder(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown reason'
    throw new ConfigurationError(
      `The data folder ${dataDir} cannot be used (${reason}). Name a folder that can be written (--data-dir or SYNTONYM_DATA_DIR).`,
      { cause },
    )
  }
}

function openFile(dataDir: string): DatabaseSync {
  const database = new DatabaseSync(join(dataDir, FILE), { timeout: BUSY_TIMEOUT_MS })
  try {
    database.exec(
      `PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}; PRAGMA cache_size = -${CACHE_KIB}`,
    )
    migrate(database, dataDir)
    return database
  } catch (cause) {
    database.close()
    if (cause instanceof ConfigurationError) throw cause
    const detail = cause instanceof Error ? cause.message : String(cause)
    throw new ConfigurationError(`The database in the data folder ${dataDir} cannot be opened: ${detail}.`, {
      cause,
    })
  }
}

/**
 * Opens (or makes) the data folder and takes its lock until disposed.
 * @throws {ConfigurationError} in use, not writable, from a newer version, or not a database.
 */
export async function openLocalDatabase(options: {
  dataDir: string
  /** Shown to whoever finds the folder locked; the process id is a good one. */
  ownerName: string
}): Promise<LocalDatabase> {
  prepareFolder(options.dataDir)
  const lock = lockDataFolder(options.dataDir, options.ownerName)
  try {
    const database = openFile(options.dataDir)
    const log = await open(join(options.dataDir, `${FILE}-wal`), 'a')
    const queue = new WriteQueue(database, log)
    return {
      prepare: (sql) => database.prepare(sql),
      write: (work, grade) => queue.write(work, grade),
      async [Symbol.asyncDispose]() {
        await queue.drain()
        await log.close()
        database.close()
        lock[Symbol.dispose]()
      },
    }
  } catch (error) {
    lock[Symbol.dispose]()
    throw error
  }
}
