// Sorts SQLite's errors: a full disk is transient, a held lock is transient, everything else stays what it was.
import { TransientFailure } from '../failure.ts'

const SQLITE_BUSY = 5
const SQLITE_FULL = 13
/** Primary code in the low byte, see https://www.sqlite.org/rescode.html#extrc */
const IOERR_WRITE = 778
const IOERR_SHMSIZE = 4874
const FULL = new Set([SQLITE_FULL, IOERR_SHMSIZE])

const errcodeOf = (error: unknown): number | undefined =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? error.errcode
    : undefined

/** The error as one of our kinds, or unchanged where it is neither a full disk nor a lock. */
export function sqliteFailure(error: unknown): unknown {
  const errcode = errcodeOf(error)
  if (errcode === undefined) return error
  if (FULL.has(errcode)) return new TransientFailure('DISK_FULL', 'The disk is full.', { cause: error })
  if (errcode === IOERR_WRITE || (errcode & 0xff) === SQLITE_BUSY)
    return new TransientFailure('STORE_UNAVAILABLE', 'The data folder cannot be written.', { cause: error })
  return error
}
