import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { WriteQueue } from '#runtime/sqlite/write-queue.ts'
import { temporaryFolder } from '../conformance/local-adapters.ts'

/** A disk whose syncs end when the test says so. */
function slowDisk() {
  const syncs: { end: (error?: Error) => void }[] = []
  const log: Pick<FileHandle, 'datasync'> = {
    datasync: () =>
      new Promise((resolve, reject) => {
        syncs.push({ end: (error) => (error ? reject(error) : resolve()) })
      }),
  }
  return { syncs, log }
}

async function openQueue() {
  const folder = await temporaryFolder()
  const database = new DatabaseSync(join(folder.path, 'db'))
  database.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (x INTEGER PRIMARY KEY)')
  const disk = slowDisk()
  const queue = new WriteQueue(database, disk.log)
  const insert = database.prepare('INSERT INTO t VALUES (?)')
  const settled: string[] = []
  const write = (x: number, grade: 'durable' | 'written', after = () => undefined as unknown) =>
    queue
      .write(() => {
        insert.run(x)
        return after()
      }, grade)
      .then(
        () => settled.push(`${x} done`),
        (error: Error) => settled.push(`${x} ${error.message}`),
      )
  return {
    queue,
    write,
    settled,
    syncs: disk.syncs,
    count: () => Number(database.prepare('SELECT count(*) AS n FROM t').get()?.n),
    async [Symbol.asyncDispose]() {
      database.close()
      await folder[Symbol.asyncDispose]()
    },
  }
}

test('a durable write is acknowledged only after a sync that began after its commit', async () => {
  await using q = await openQueue()
  void q.write(1, 'durable')
  await sleep(20)
  expect([q.count(), q.syncs.length, q.settled]).toEqual([1, 1, []])
  // Committed while the first sync is under way: that sync says nothing about it.
  void q.write(2, 'durable')
  await sleep(20)
  q.syncs[0]?.end()
  await sleep(20)
  expect([q.syncs.length, q.settled]).toEqual([2, ['1 done']])
  q.syncs[1]?.end()
  await sleep(20)
  expect(q.settled).toEqual(['1 done', '2 done'])
})

test('a write that facts can rebuild does not wait for the disk', async () => {
  await using q = await openQueue()
  await q.write(1, 'written')
  expect([q.settled, q.syncs.length]).toEqual([['1 done'], 0])
})

test('writes of one moment share one sync', async () => {
  await using q = await openQueue()
  for (let x = 0; x < 50; x += 1) void q.write(x, 'durable')
  await sleep(20)
  expect([q.count(), q.syncs.length]).toEqual([50, 1])
  q.syncs[0]?.end()
  await sleep(20)
  expect(q.settled).toHaveLength(50)
})

test('a write that fails takes no other one with it', async () => {
  await using q = await openQueue()
  const fail = () => {
    throw new Error('refused')
  }
  await Promise.all([
    q.write(1, 'written'),
    q.write(2, 'written', fail),
    q.write(3, 'written'),
    q.write(1, 'written'),
  ])
  expect(q.settled.toSorted()).toEqual(['1 UNIQUE constraint failed: t.x', '1 done', '2 refused', '3 done'])
  expect(q.count()).toBe(2)
})

test('after a failed sync nothing is acknowledged any more', async () => {
  await using q = await openQueue()
  void q.write(1, 'durable')
  await sleep(20)
  q.syncs[0]?.end(new Error('EIO'))
  await sleep(20)
  await q.write(2, 'written')
  const message = 'The write-ahead log could not be synced to the disk.'
  expect(q.settled).toEqual([`1 ${message}`, `2 ${message}`])
})
