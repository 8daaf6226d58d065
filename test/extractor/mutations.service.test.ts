// Damaged indexes of good archives: whatever byte is wrong, the readers answer with a refusal and never fail.
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { packResults } from '#extractor/pack/pack-results.ts'
import { DEFAULT_EXTRACTOR_LIMITS } from '#extractor/pure/limits.ts'
import type { ArchiveType } from '#extractor/pure/media-types.ts'
import { sevenZipProgram } from '#extractor/seven-zip-path.ts'
import type { Opened } from '#extractor/worker/open-archive.ts'
import { openWithSevenZip } from '#extractor/worker/seven-zip-archive.ts'
import { openZip } from '#extractor/worker/zip-archive.ts'
import { isFailureCode } from '#schemas/failure-codes.ts'
import { rar4, rar5 } from './made-rar.ts'
import { memoryEntries } from './memory-entries.ts'

let folder = ''
let zip: Buffer
let sevenZip: Buffer

const files = {
  'one.jpg': 'first file '.repeat(30),
  'two.png': 'second',
  'three.bmp': '',
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'syntonym-mutations-'))
  const made = { mtime: new Date(0), signal: new AbortController().signal }
  await packResults({
    ...made,
    format: 'zip',
    entries: memoryEntries(files),
    outputPath: join(folder, 'a.zip'),
  })
  zip = await readFile(join(folder, 'a.zip'))
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  const names = Object.keys(files).map((name) => join(folder, name))
  await promisify(execFile)(sevenZipProgram(), ['a', '-bd', join(folder, 'a.7z'), ...names])
  sevenZip = await readFile(join(folder, 'a.7z'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Opens and unpacks everything that the reader lets through. */
async function readAll(type: ArchiveType, bytes: Uint8Array): Promise<readonly string[]> {
  const work = await mkdtemp(join(folder, 'work-'))
  try {
    const path = join(work, 'archive')
    await writeFile(path, bytes)
    const source = { type, path, limits: DEFAULT_EXTRACTOR_LIMITS, sevenZip: sevenZipProgram() }
    const opened: Opened = await (type === 'zip' ? openZip(source) : openWithSevenZip(source))
    if (opened.verdict === 'refused') return [opened.code]
    await using archive = opened.archive
    const ends: string[] = []
    const unpacking = {
      wanted: (i: number) => archive.entries[i]?.verdict === 'unpack',
      fileFor: (i: number) => join(work, `member-${i}`),
      onBegin: () => {},
      onWorking: () => {},
    }
    for await (const { refused } of archive.unpack(unpacking)) ends.push(refused?.code ?? 'unpacked')
    for (const { verdict } of archive.entries) if (verdict !== 'unpack') ends.push(verdict.code)
    return ends
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

interface Damage {
  readonly flips: readonly (readonly [at: number, value: number])[]
  readonly cutAt: number | null
  readonly insert: readonly [at: number, bytes: Uint8Array] | null
}

/** Some bytes replaced, some cut away, some put in between. */
const damage = (bytes: number): fc.Arbitrary<Damage> =>
  fc.record({
    flips: fc.array(fc.tuple(fc.nat(bytes - 1), fc.nat(255)), { maxLength: 4 }),
    cutAt: fc.option(fc.nat(bytes), { freq: 3 }),
    insert: fc.option(fc.tuple(fc.nat(bytes), fc.uint8Array({ maxLength: 8 })), { freq: 3 }),
  })
function damaged(bytes: Buffer, by: Damage): Buffer {
  let copy = Buffer.from(bytes)
  for (const [at, value] of by.flips) copy[at] = value
  if (by.insert)
    copy = Buffer.concat([copy.subarray(0, by.insert[0]), by.insert[1], copy.subarray(by.insert[0])])
  return by.cutAt === null ? copy : copy.subarray(0, by.cutAt)
}

const isAnswer = (end: string): boolean => end === 'unpacked' || isFailureCode(end)

async function survives(type: ArchiveType, bytes: Buffer, numRuns: number): Promise<void> {
  const property = fc.asyncProperty(damage(bytes.length), async (by) => {
    expect((await readAll(type, damaged(bytes, by))).every(isAnswer)).toBe(true)
  })
  await fc.assert(property, { numRuns, interruptAfterTimeLimit: 40_000 })
}

const rarFiles = Object.fromEntries(Object.entries(files).map(([name, text]) => [name, Buffer.from(text)]))

test('the undamaged archives are unpacked whole', async () => {
  expect(await readAll('zip', zip)).toEqual(['unpacked', 'unpacked', 'unpacked'])
  expect(await readAll('7z', sevenZip)).toEqual(['unpacked', 'unpacked', 'unpacked'])
  expect(await readAll('rar4', rar4(rarFiles))).toEqual(['unpacked', 'unpacked', 'unpacked'])
  expect(await readAll('rar5', rar5(rarFiles))).toEqual(['unpacked', 'unpacked', 'unpacked'])
})

test('a zip with any damage ends in answers', () => survives('zip', zip, 600), 60_000)
test('a 7z with any damage ends in answers', () => survives('7z', sevenZip, 150), 60_000)
test('a RAR 4 with any damage ends in answers', () => survives('rar4', rar4(rarFiles), 150), 60_000)
test('a RAR 5 with any damage ends in answers', () => survives('rar5', rar5(rarFiles), 150), 60_000)
