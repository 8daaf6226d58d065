import { spawn, spawnSync } from 'node:child_process'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { ConfigurationError } from '#runtime/configuration-error.ts'
import { failureKind } from '#runtime/failure.ts'
import { openLocalDatabase } from '#runtime/sqlite/local-database.ts'
import { openLocalStores } from '#runtime/sqlite/local-stores.ts'
import { openSqliteStateStore } from '#runtime/sqlite/sqlite-state-store.ts'
import { realClock, temporaryFolder } from '../conformance/local-adapters.ts'

const open = (dataDir: string, ownerName = '4711') =>
  openLocalStores({ dataDir, ownerName, clock: realClock })
const CHILD = new URL('./kill-child.ts', import.meta.url).pathname

async function refusal(dataDir: string): Promise<string> {
  try {
    await (await open(dataDir))[Symbol.asyncDispose]()
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError)
    expect(error).toMatchObject({ exitCode: 2 })
    return error instanceof Error ? error.message : ''
  }
  throw new Error('it was opened')
}

test('a second start on the same data folder is refused and names the first, in the same process', async () => {
  await using folder = await temporaryFolder()
  const first = await open(folder.path)
  const message = await refusal(folder.path)
  expect(message).toContain(folder.path)
  expect(message).toContain('process 4711')
  await first[Symbol.asyncDispose]()
  await (await open(folder.path))[Symbol.asyncDispose]()
})

test('a second start is refused across processes, and free at once when the first was killed', async () => {
  await using folder = await temporaryFolder()
  const child = spawn(process.execPath, [CHILD, folder.path], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  await new Promise((resolve) => child.stdout.once('data', resolve))
  expect(await refusal(folder.path)).toContain(`process ${child.pid}`)
  child.kill('SIGKILL')
  await ended
  await (await open(folder.path))[Symbol.asyncDispose]()
})

test('leases of a killed process are free at once, and its death does not count against them', async () => {
  await using folder = await temporaryFolder()
  const database = await openLocalDatabase({ dataDir: folder.path, ownerName: 'dead' })
  const store = openSqliteStateStore({ database, clock: realClock })
  const mine = await store.acquireLease('task', 'dead', 600_000)
  await database[Symbol.asyncDispose]()
  await using stores = await open(folder.path)
  const next = await stores.store.acquireLease('task', 'next', 600_000)
  expect(next).toMatchObject({ verdict: 'granted', starts: 1 })
  expect(next.verdict === 'granted' && next.token).toBeGreaterThan(
    mine.verdict === 'granted' ? mine.token : 0,
  )
})

test('a data folder of a newer version is refused and left as it is', async () => {
  await using folder = await temporaryFolder()
  await (await open(folder.path))[Symbol.asyncDispose]()
  const file = join(folder.path, 'syntonym.db')
  const newer = new DatabaseSync(file)
  newer.exec('PRAGMA user_version = 999; CREATE TABLE of_the_future (x)')
  newer.close()
  expect(await refusal(folder.path)).toContain('newer syntonym (data version 999')
  const still = new DatabaseSync(file, { readOnly: true })
  expect(still.prepare('SELECT count(*) AS n FROM of_the_future').get()).toEqual({ n: 0 })
  still.close()
})

test('a folder that cannot be made, or holds another kind of file, is refused with its name', async () => {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'file')
  await writeFile(file, 'x')
  expect(await refusal(join(file, 'below'))).toContain(join(file, 'below'))
  const other = join(folder.path, 'other')
  await mkdir(other)
  await writeFile(
    join(other, 'syntonym.db'),
    'this is no database, but long enough to be read as one'.repeat(100),
  )
  expect(await refusal(other)).toContain('cannot be opened')
})

test('everything is kept over a stop, in files that only the owner may read', async () => {
  await using folder = await temporaryFolder()
  const stores = await open(join(folder.path, 'data'))
  await stores.store.commit({ puts: [{ key: 'k', value: 'v' }] })
  await stores[Symbol.asyncDispose]()
  expect((await readdir(join(folder.path, 'data'))).toSorted()).toEqual([
    'lock',
    'lock.owner',
    'objects',
    'syntonym.db',
  ])
  const listed = spawnSync('stat', ['-c', '%a', join(folder.path, 'data')])
    .stdout.toString()
    .trim()
  expect(listed).toBe('700')
  await using again = await open(join(folder.path, 'data'))
  expect((await again.store.get('k'))?.value).toBe('v')
})

const mountSmall = (path: string) =>
  spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'none', path]).status === 0

test('a full disk is a transient failure, loses nothing acknowledged and passes when there is room', async (context) => {
  await using folder = await temporaryFolder()
  const small = join(folder.path, 'small')
  await mkdir(small)
  if (!mountSmall(small)) context.skip('skipped: this user may not mount a small file system')
  try {
    const stores = await open(small)
    const { store, objects } = stores
    await objects.put('filler', Readable.from([Buffer.alloc(1_200_000)]))
    const kept: string[] = []
    let failure: unknown
    for (let i = 0; failure === undefined && i < 10_000; i += 1)
      try {
        await store.commit({ puts: [{ key: `k${i}`, value: 'x'.repeat(5_000) }] })
        kept.push(`k${i}`)
      } catch (error) {
        failure = error
      }
    expect(failureKind(failure)).toMatchObject({ kind: 'transient', code: 'DISK_FULL' })
    const putting = objects.put('more', Readable.from([Buffer.alloc(2_000_000)]))
    await expect(putting).rejects.toMatchObject({ code: 'ENOSPC' })
    expect(await readdir(join(small, 'objects', '.incoming'))).toEqual([])
    await objects.delete('filler')
    await store.commit({ puts: [{ key: 'after', value: 'room' }] })
    await stores[Symbol.asyncDispose]()
    await using again = await open(small)
    for (const key of [...kept, 'after']) expect(await again.store.get(key)).toBeDefined()
  } finally {
    spawnSync('umount', [small])
  }
})

test('another program may read the database while it is in use', async () => {
  await using folder = await temporaryFolder()
  await using stores = await open(folder.path)
  await stores.store.commit({ puts: [{ key: 'k', value: 'v' }] })
  const reader = new DatabaseSync(join(folder.path, 'syntonym.db'), { readOnly: true })
  expect(reader.prepare('SELECT value FROM entries').get()).toEqual({ value: 'v' })
  reader.close()
  await stores.store.commit({ puts: [{ key: 'k', value: 'w' }] })
  expect((await stores.store.get('k'))?.value).toBe('w')
  expect((await readFile(join(folder.path, 'lock.owner'))).toString()).toBe('4711\n')
})
