import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { jobSynSeed } from '#anonymizer/task/syn-seed.ts'
import { openSqliteStateStore } from '#runtime/sqlite/sqlite-state-store.ts'
import { decisionKey, synSeedKey } from '#schemas/state-keys.ts'
import { onLocalDatabase, realClock } from '../conformance/local-adapters.ts'

const fresh = (): string => randomBytes(32).toString('hex')

test('the tasks of a job draw from one secret, also after a restart', async () => {
  await using world = await onLocalDatabase((database) =>
    openSqliteStateStore({ database, clock: realClock }),
  )
  const store = world.adapter
  await store.commit({ puts: [{ key: decisionKey('one'), value: '{}' }] })
  const seeds = await Promise.all(Array.from({ length: 8 }, () => jobSynSeed(store, 'one', fresh)))
  expect(new Set(seeds).size).toBe(1)
  expect(seeds[0]).toMatch(/^[0-9a-f]{64}$/)
  expect(await jobSynSeed(await world.reopen(), 'one', fresh)).toBe(seeds[0])
})

test('another job has another secret', async () => {
  await using world = await onLocalDatabase((database) =>
    openSqliteStateStore({ database, clock: realClock }),
  )
  const store = world.adapter
  expect(await jobSynSeed(store, 'one', fresh)).not.toBe(await jobSynSeed(store, 'two', fresh))
})

test('no secret is made for a job whose decision changes meanwhile: it may have been deleted', async () => {
  await using world = await onLocalDatabase((database) =>
    openSqliteStateStore({ database, clock: realClock }),
  )
  const store = world.adapter
  await store.commit({ puts: [{ key: decisionKey('one'), value: '{"state":"open"}' }] })
  // The decision changes between reading it and writing the secret.
  const changing = {
    ...store,
    getMany: async (keys: readonly string[]) => {
      const read = await store.getMany(keys)
      await store.commit({ puts: [{ key: decisionKey('one'), value: '{"state":"deleted"}' }] })
      return read
    },
    commit: store.commit.bind(store),
    get: store.get.bind(store),
  }
  await expect(jobSynSeed(changing, 'one', fresh)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  expect(await store.get(synSeedKey('one'))).toBeUndefined()
})
