// Runs the conformance suite on objects as files, and says what only files can break.
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { openFileObjects } from '#runtime/objects/file-objects.ts'
import { temporaryFolder } from './local-adapters.ts'
import { objectsConformance } from './objects.conformance.ts'

objectsConformance('files', async () => {
  const folder = await temporaryFolder()
  const root = join(folder.path, 'objects')
  return {
    adapter: await openFileObjects({ root }),
    reopen: () => openFileObjects({ root }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
})

test('what a killed process left half-written is gone after the next start', async () => {
  await using folder = await temporaryFolder()
  await mkdir(join(folder.path, '.incoming'), { recursive: true })
  await writeFile(join(folder.path, '.incoming', 'half'), 'half')
  await openFileObjects({ root: folder.path })
  expect(await readdir(join(folder.path, '.incoming'))).toEqual([])
})

test('deleting a job leaves no file and no folder behind', async () => {
  await using folder = await temporaryFolder()
  const objects = await openFileObjects({ root: folder.path })
  for (const key of ['jobs/1/input/a', 'jobs/1/output/t/1/result', 'jobs/1/plan.jsonl'])
    await objects.put(key, Readable.from([Buffer.from(key)]))
  await objects.deletePrefix('jobs/1/')
  expect(await readdir(folder.path, { recursive: true })).toEqual(['.incoming'])
})

test('no key leaves the folder', async () => {
  await using folder = await temporaryFolder()
  const root = join(folder.path, 'objects')
  const objects = await openFileObjects({ root })
  for (const key of ['../escape', 'a/../../escape', '..', '.incoming/x', 'a/./b', '%2e%2e/x', 'nul\0byte'])
    await objects.put(key, Readable.from([Buffer.from(key)]))
  await expect(objects.put('/absolute', Readable.from(['x']))).rejects.toThrow(TypeError)
  await expect(objects.put('', Readable.from(['x']))).rejects.toThrow(TypeError)
  expect(await readdir(folder.path)).toEqual(['objects'])
  expect(await readdir(join(root, '.incoming'))).toEqual([])
  const found = []
  for await (const { key } of objects.list('')) found.push(key)
  expect(found.toSorted()).toEqual(
    ['../escape', 'a/../../escape', '..', '.incoming/x', 'a/./b', '%2e%2e/x', 'nul\0byte'].toSorted(),
  )
})
