// Opens the SQLite and file adapters on a data folder of their own, and again on the same folder.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '#runtime/clock.ts'
import { type LocalDatabase, openLocalDatabase } from '#runtime/sqlite/local-database.ts'
import type { Reopenable } from './reopenable.ts'

export const realClock: Clock = { now: () => Date.now() }

export async function temporaryFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'syntonym-test-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/** A factory for the conformance suites: `reopen` closes the database and opens the same folder again. */
export async function onLocalDatabase<A>(open: (database: LocalDatabase) => A): Promise<Reopenable<A>> {
  const folder = await temporaryFolder()
  let database = await openLocalDatabase({ dataDir: folder.path, ownerName: 'test' })
  return {
    adapter: open(database),
    async reopen() {
      await database[Symbol.asyncDispose]()
      database = await openLocalDatabase({ dataDir: folder.path, ownerName: 'test' })
      return open(database)
    },
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}
