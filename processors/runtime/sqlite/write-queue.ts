// Groups the writes of one event-loop turn into one transaction, and waits for the disk outside the event loop.
import type { FileHandle } from 'node:fs/promises'
import type { DatabaseSync } from 'node:sqlite'
import { sqliteFailure } from './sqlite-failure.ts'

/** `durable`: resolves when a power cut cannot undo it. `written`: when a `kill -9` cannot; for what facts can rebuild. */
export type WriteGrade = 'durable' | 'written'

interface Job {
  readonly work: () => unknown
  readonly grade: WriteGrade
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

/** One transaction holds at most this many writes, so that reads in between do not wait long. */
const TRANSACTION_LIMIT = 500

/**
 * The database runs with synchronous=NORMAL: a commit is in the write-ahead log, not yet on the disk. A durable write
 * resolves after an fdatasync of that log which began after its commit; one sync serves all commits before it.
 * As the log is a prefix, a durable write makes every earlier one durable too.
 */
export class WriteQueue {
  readonly #database: DatabaseSync
  readonly #log: Pick<FileHandle, 'datasync'>
  #jobs: Job[] = []
  #unsynced: (() => void)[] = []
  #broken: Error | undefined
  #scheduled = false
  #syncing: Promise<void> | undefined

  constructor(database: DatabaseSync, log: Pick<FileHandle, 'datasync'>) {
    this.#database = database
    this.#log = log
  }

  /** Runs `work` in a transaction. It may run twice, so it must change nothing but the database. */
  write<T>(work: () => T, grade: WriteGrade): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      // `resolve` gets exactly what `work` returned.
      this.#jobs.push({ work, grade, resolve: resolve as (value: unknown) => void, reject })
      if (this.#scheduled) return
      this.#scheduled = true
      setImmediate(() => this.#turn())
    })
  }

  /** Resolves when everything written so far is on the disk. */
  async drain(): Promise<void> {
    while (this.#jobs.length > 0) await this.write(() => undefined, 'durable').catch(() => undefined)
    await this.#syncing
  }

  #turn(): void {
    const jobs = this.#jobs.splice(0, TRANSACTION_LIMIT)
    this.#scheduled = this.#jobs.length > 0
    if (this.#scheduled) setImmediate(() => this.#turn())
    if (!this.#together(jobs)) for (const job of jobs) this.#alone(job)
    if (this.#unsynced.length > 0) this.#syncing ??= this.#sync()
  }

  #together(jobs: readonly Job[]): boolean {
    if (this.#broken) return false
    try {
      const values = this.#transaction(() => jobs.map((job) => job.work()))
      for (const [index, job] of jobs.entries()) this.#done(job, values[index])
      return true
    } catch {
      // Rolled back; each one alone then meets its own error.
      return false
    }
  }

  #alone(job: Job): void {
    try {
      if (this.#broken) throw this.#broken
      this.#done(job, this.#transaction(job.work))
    } catch (error) {
      job.reject(sqliteFailure(error))
    }
  }

  #transaction<T>(work: () => T): T {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      const value = work()
      this.#database.exec('COMMIT')
      return value
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      throw error
    }
  }

  #done(job: Job, value: unknown): void {
    if (job.grade === 'written') job.resolve(value)
    else this.#unsynced.push(() => (this.#broken ? job.reject(this.#broken) : job.resolve(value)))
  }

  async #sync(): Promise<void> {
    while (this.#unsynced.length > 0) {
      const waiting = this.#unsynced.splice(0)
      try {
        await this.#log.datasync()
      } catch (cause) {
        // After a failed sync nobody knows what is on the disk: stop writing and be seen.
        this.#broken = new Error('The write-ahead log could not be synced to the disk.', { cause })
      }
      for (const settle of waiting) settle()
    }
    this.#syncing = undefined
  }
}
