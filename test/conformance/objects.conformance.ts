// The sentences that every object store keeps, whatever it is made of.
import { createHash, randomBytes } from 'node:crypto'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import type { Objects } from '#runtime/objects/objects.ts'
import { temporaryFolder } from './local-adapters.ts'
import type { Factory } from './reopenable.ts'
import { uniqueName } from './unique-name.ts'

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const inPieces = (bytes: Buffer, size: number) =>
  Readable.from(
    (function* () {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
    })(),
  )
const keysOf = async (objects: Objects, prefix: string) => {
  const keys: string[] = []
  for await (const { key } of objects.list(prefix)) keys.push(key)
  return keys.toSorted()
}

export function objectsConformance(name: string, factory: Factory<Objects>): void {
  describe(`objects: ${name}`, () => {
    test('bytes come back whole, in ranges, with their size and hash, also after a restart', async () => {
      await using store = await factory()
      const bytes = randomBytes(300_001)
      const key = `${uniqueName('o')}/input/a`
      const stored = await store.adapter.put(key, inPieces(bytes, 7_777))
      expect(stored).toEqual({ key, bytes: bytes.length, sha256: sha256(bytes) })
      const fresh = await store.reopen()
      expect(await fresh.stat(key)).toEqual({ key, bytes: bytes.length })
      expect(await buffer(await fresh.read(key))).toEqual(bytes)
      expect(await buffer(await fresh.read(key, { start: 100, end: 105 }))).toEqual(bytes.subarray(100, 105))
      expect(await buffer(await fresh.read(key, { start: 300_000, end: 999_999 }))).toEqual(
        bytes.subarray(300_000),
      )
    })

    test('an object may be empty', async () => {
      await using store = await factory()
      const key = `${uniqueName('o')}/empty`
      const stored = await store.adapter.put(key, Readable.from([]))
      expect(stored).toEqual({ key, bytes: 0, sha256: sha256(Buffer.alloc(0)) })
      expect(await buffer(await store.adapter.read(key))).toHaveLength(0)
    })

    test('a file goes in and comes out with its hash, and stays as it is', async () => {
      await using store = await factory()
      await using folder = await temporaryFolder()
      const bytes = randomBytes(2_000_003)
      const [from, to] = [join(folder.path, 'from'), join(folder.path, 'to')]
      await writeFile(from, bytes, { mode: 0o400 })
      const key = `${uniqueName('o')}/file`
      const facts = { key, bytes: bytes.length, sha256: sha256(bytes) }
      expect(await store.adapter.putFile(key, from)).toEqual(facts)
      expect(await store.adapter.fetchTo(key, to)).toEqual(facts)
      expect(await readFile(to)).toEqual(bytes)
      expect((await stat(from)).mode & 0o777).toBe(0o400)
    })

    test('a fetched file can be changed without changing the object', async () => {
      await using store = await factory()
      await using folder = await temporaryFolder()
      const key = `${uniqueName('o')}/file`
      await store.adapter.put(key, Readable.from([Buffer.from('original')]))
      const path = join(folder.path, 'copy')
      await store.adapter.fetchTo(key, path)
      await writeFile(path, 'changed!')
      expect((await buffer(await store.adapter.read(key))).toString()).toBe('original')
    })

    test('what is missing is a permanent failure to read and nothing to delete', async () => {
      await using store = await factory()
      await using folder = await temporaryFolder()
      const key = `${uniqueName('o')}/none`
      await expect(store.adapter.read(key)).rejects.toMatchObject({ code: 'OBJECT_MISSING' })
      await expect(store.adapter.read(key, { start: 0, end: 0 })).rejects.toMatchObject({
        code: 'OBJECT_MISSING',
      })
      await expect(store.adapter.fetchTo(key, join(folder.path, 'x'))).rejects.toMatchObject({
        code: 'OBJECT_MISSING',
      })
      expect(await store.adapter.stat(key)).toBeUndefined()
      await store.adapter.delete(key)
      await store.adapter.deletePrefix(`${key}/`)
    })

    test('a stream that breaks leaves no object, and the earlier one as it was', async () => {
      await using store = await factory()
      const key = `${uniqueName('o')}/broken`
      const breaking = () =>
        Readable.from(
          (async function* () {
            yield randomBytes(100_000)
            throw new Error('the source broke')
          })(),
        )
      await expect(store.adapter.put(key, breaking())).rejects.toThrow('the source broke')
      expect(await store.adapter.stat(key)).toBeUndefined()
      await store.adapter.put(key, Readable.from([Buffer.from('first')]))
      await expect(store.adapter.put(key, breaking())).rejects.toThrow('the source broke')
      expect((await buffer(await store.adapter.read(key))).toString()).toBe('first')
    })

    test('a second put replaces the first, also for somebody who is still reading it', async () => {
      await using store = await factory()
      const key = `${uniqueName('o')}/again`
      await store.adapter.put(key, Readable.from([Buffer.from('one')]))
      await store.adapter.put(key, Readable.from([Buffer.from('second')]))
      expect((await buffer(await store.adapter.read(key))).toString()).toBe('second')
      expect((await store.adapter.stat(key))?.bytes).toBe(6)
    })

    test('of many puts to one key at once one wins whole', async () => {
      await using store = await factory()
      const key = `${uniqueName('o')}/race`
      await Promise.all(
        Array.from({ length: 8 }, (_, i) => store.adapter.put(key, inPieces(Buffer.alloc(50_000, i), 999))),
      )
      const bytes = await buffer(await store.adapter.read(key))
      expect(bytes).toEqual(Buffer.alloc(50_000, bytes[0]))
    })

    test('a prefix lists and deletes exactly the keys that begin with it', async () => {
      await using store = await factory()
      const root = uniqueName('o')
      const keys = ['a', 'a/b', 'a/b/c', 'ab', 'a/bb', 'z/..x', 'z/.y', 'z/ü 車?*'].map((k) => `${root}/${k}`)
      for (const key of keys) await store.adapter.put(key, Readable.from([Buffer.from(key)]))
      expect(await keysOf(store.adapter, `${root}/`)).toEqual(keys.toSorted())
      expect(await keysOf(store.adapter, `${root}/a/b`)).toEqual(
        [`${root}/a/b`, `${root}/a/b/c`, `${root}/a/bb`].toSorted(),
      )
      await store.adapter.deletePrefix(`${root}/a/`)
      expect(await keysOf(store.adapter, `${root}/`)).toEqual(
        [`${root}/a`, `${root}/ab`, `${root}/z/..x`, `${root}/z/.y`, `${root}/z/ü 車?*`].toSorted(),
      )
      await store.adapter.deletePrefix(`${root}/z/.`)
      expect(await keysOf(store.adapter, `${root}/z/`)).toEqual([`${root}/z/ü 車?*`])
      await store.adapter.deletePrefix(`${root}/`)
      expect(await keysOf(store.adapter, `${root}/`)).toEqual([])
    })

    test('objects can be put while their neighbours are deleted', async () => {
      await using store = await factory()
      const root = uniqueName('o')
      await Promise.all(
        Array.from({ length: 40 }, async (_, i) => {
          const key = `${root}/shared/${i % 4}/${i}`
          await store.adapter.put(key, Readable.from([Buffer.from('x')]))
          await store.adapter.delete(key)
        }),
      )
      expect(await keysOf(store.adapter, root)).toEqual([])
    })
  })
}
