// Result archives, read by programs that we did not write.
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openPromise } from 'yauzl'
import { packedExtension, packResults } from '#extractor/pack/pack-results.ts'
import { sevenZipNumber } from '#extractor/pure/seven-zip-header.ts'
import { sevenZipProgram } from '#extractor/seven-zip-path.ts'
import { memoryEntries } from './memory-entries.ts'

const run = promisify(execFile)
const mtime = new Date('2026-01-02T03:04:06Z')
const signal = new AbortController().signal
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'syntonym-pack-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const files = {
  'b.jpg': randomBytes(100_000),
  'a.jpg': randomBytes(3),
  'empty.png': Buffer.alloc(0),
  'ünï 𝄞.jpg': Buffer.from('name'),
  '@list.jpg': Buffer.from('at'),
  '-dash.jpg': Buffer.from('dash'),
  'manifest.json': Buffer.from('{}'),
}

async function pack(format: 'zip' | '7z' | 'rar', of: Record<string, Buffer>): Promise<string> {
  const outputPath = join(await mkdtemp(join(folder, 'out-')), `packed${packedExtension(format)}`)
  await packResults({ format, entries: memoryEntries(of), outputPath, mtime, signal })
  return outputPath
}

async function unzip(path: string): Promise<[string, Buffer][]> {
  const zip = await openPromise(path)
  const found: [string, Buffer][] = []
  for await (const entry of zip.eachEntry())
    found.push([entry.fileName, await buffer(await zip.openReadStreamPromise(entry))])
  return found
}

async function namesBySevenZip(path: string): Promise<readonly string[]> {
  const { stdout } = await run(sevenZipProgram(), ['l', '-slt', '-ba', '-sccUTF-8', '--', path], {
    maxBuffer: 1e8,
  })
  return [...stdout.matchAll(/^Path = (.*)$/gm)].map(([, name]) => name ?? '')
}

test('a zip holds the same files under the same names in the same order', async () => {
  const path = await pack('zip', files)
  expect(await unzip(path)).toEqual(Object.entries(files))
  await run(sevenZipProgram(), ['t', path])
})

test('a 7z holds the same files under the same names in the same order', async () => {
  const path = await pack('7z', files)
  await run(sevenZipProgram(), ['t', path])
  expect(await namesBySevenZip(path)).toEqual(Object.keys(files))
  const out = join(folder, 'unpacked')
  await mkdir(out)
  await run(sevenZipProgram(), ['x', `-o${out}`, path])
  for (const [name, bytes] of Object.entries(files))
    expect(await readFile(join(out, name)), name).toEqual(bytes)
})

test('what came as rar comes back as zip', async () => {
  expect(packedExtension('rar')).toBe('.zip')
  expect(await unzip(await pack('rar', files))).toEqual(Object.entries(files))
})

test('packing twice gives the same bytes', async () => {
  for (const format of ['zip', '7z'] as const)
    expect(await readFile(await pack(format, files))).toEqual(await readFile(await pack(format, files)))
})

test('7-Zip reads every 7z that we write', async () => {
  const name = fc
    .stringMatching(/^[a-zA-Z0-9 é€𝄞]{1,20}$/u)
    .filter((text) => text.trim() === text && text !== '')
  const content = fc
    .oneof(fc.constant(0), fc.nat(300), fc.constant(70_000))
    .map((bytes) => randomBytes(bytes))
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(name, { minLength: 1, maxLength: 20 }), content, async (names, bytes) => {
      const path = await pack(
        '7z',
        Object.fromEntries(names.map((one, i) => [`${i} ${one}`, i % 3 === 0 ? bytes : Buffer.alloc(i)])),
      )
      await run(sevenZipProgram(), ['t', path])
      expect(await namesBySevenZip(path)).toEqual(names.map((one, i) => `${i} ${one}`))
    }),
    { numRuns: 25, interruptAfterTimeLimit: 15_000 },
  )
}, 30_000)

test('numbers of the 7z format keep their value up to the largest file', () => {
  const read = (bytes: readonly number[]): bigint => {
    const first = bytes[0] ?? 0
    const extra = Math.clz32(~(first << 24))
    let value = BigInt(first & (0xff >> (extra + 1)))
    value <<= BigInt(8 * extra)
    for (let i = 0; i < extra; i++) value += BigInt(bytes[1 + i] ?? 0) << BigInt(8 * i)
    expect(bytes.length).toBe(extra + 1)
    return value
  }
  fc.assert(
    fc.property(fc.maxSafeNat(), (value) => void expect(read(sevenZipNumber(value))).toBe(BigInt(value))),
  )
  for (const value of [
    0,
    127,
    128,
    0x3fff,
    0x4000,
    0x1fffff,
    0x200000,
    2 ** 35,
    2 ** 49,
    Number.MAX_SAFE_INTEGER,
  ])
    expect(read(sevenZipNumber(value))).toBe(BigInt(value))
})

test('a result that cannot be read ends the packing, and a stop does too', async () => {
  const broken = async function* () {
    yield* memoryEntries({ 'a.jpg': 'fine' })
    yield {
      name: 'b.jpg',
      open: async () =>
        Readable.from(
          (async function* () {
            yield Buffer.from('half')
            throw new Error('the object is gone')
          })(),
        ),
    }
  }
  for (const format of ['zip', '7z'] as const) {
    const outputPath = join(folder, `broken-${format}`)
    await expect(packResults({ format, entries: broken(), outputPath, mtime, signal })).rejects.toThrow(
      'gone',
    )
    const stopped = { entries: memoryEntries(files), mtime, signal: AbortSignal.abort(new Error('stop')) }
    await expect(packResults({ format, ...stopped, outputPath: `${outputPath}-2` })).rejects.toThrow()
  }
  await writeFile(join(folder, 'still-here'), '')
})
