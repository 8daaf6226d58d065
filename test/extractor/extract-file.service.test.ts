// Opening files boxed: what comes out, and what a file or a hostile child can do to us, which is nothing.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startProber } from '#extractor/boxed-probe.ts'
import { type ExtractedFile, extractFile } from '#extractor/extract-file.ts'
import { DEFAULT_EXTRACTOR_LIMITS, type ExtractorLimits } from '#extractor/pure/limits.ts'
import { sevenZipProgram } from '#extractor/seven-zip-path.ts'
import { findBox } from '#runtime/box/find-box.ts'
import type { Box, BoxStrategy } from '#runtime/box/pure/box-request.ts'
import { spawnBoxed } from '#runtime/box/spawn-boxed.ts'
import { failureKind } from '#runtime/failure.ts'
import { avi, jpeg, png, turnedJpeg } from './made-media.ts'
import { rar4, rar5 } from './made-rar.ts'
import { madeZip } from './made-zip.ts'

const run = promisify(execFile)
let folder = ''
let work = ''
let box: Box
const media: Record<string, Buffer> = {}

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'syntonym-extract-')))
  work = join(folder, 'work')
  await mkdir(work)
  box = await findBox({ searchPath: process.env.PATH ?? '', tempFolder: folder })
  media['wide.jpg'] = await jpeg({ width: 64, height: 48 })
  media['turned.jpeg'] = await turnedJpeg({ width: 64, height: 48 })
  media['still.png'] = await png({ width: 30, height: 20 })
  media['film.avi'] = await avi({ width: 64, height: 48 }, 50, 25)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function given(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(await mkdtemp(join(folder, 'given-')), name)
  await writeFile(path, bytes)
  return path
}

interface Seen {
  readonly archiveFormat: string | null
  readonly files: readonly ExtractedFile[]
  readonly bytes: readonly (Buffer | null)[]
}

async function extract(path: string, limits: Partial<ExtractorLimits> = {}): Promise<Seen | string> {
  try {
    await using extraction = await extractFile({
      ...{ path, fileName: basename(path), workFolder: work, box },
      limits: { ...DEFAULT_EXTRACTOR_LIMITS, ...limits },
      signal: AbortSignal.timeout(30_000),
    })
    const files: ExtractedFile[] = []
    const bytes: (Buffer | null)[] = []
    for await (const file of extraction.files) {
      files.push(file)
      bytes.push(file.path === null ? null : await readFile(file.path))
    }
    return { archiveFormat: extraction.archiveFormat, files, bytes }
  } catch (error) {
    const failure = failureKind(error)
    if (failure.kind === 'permanent') return failure.code
    throw error
  }
}

async function seen(path: string, limits: Partial<ExtractorLimits> = {}): Promise<Seen> {
  const result = await extract(path, limits)
  if (typeof result === 'string') throw new Error(`refused: ${result}`)
  return result
}
const said = ({ files }: Seen) =>
  files.map(({ fileName, mediaKind, refused }) => [fileName, refused?.code ?? mediaKind])

const zipOf = (files: Record<string, Buffer | string>): Promise<Buffer> => madeZip(folder, files)

async function bySevenZip(switches: readonly string[], extension: string): Promise<string> {
  const source = await mkdtemp(join(folder, 'files-'))
  for (const [name, bytes] of Object.entries(media)) await writeFile(join(source, name), bytes)
  const path = join(await mkdtemp(join(folder, 'archive-')), `a${extension}`)
  await run(sevenZipProgram(), ['a', '-bd', ...switches, path, ...Object.keys(media)], { cwd: source })
  return path
}

describe('a single file', () => {
  test('is told with its displayed size', async () => {
    const { archiveFormat, files } = await seen(await given('wide.jpg', media['wide.jpg'] ?? Buffer.alloc(0)))
    expect(archiveFormat).toBeNull()
    expect(files).toMatchObject([
      { index: 0, mediaKind: 'picture', extension: '.jpg', width: 64, height: 48, frames: null },
    ])
    const turned = await seen(await given('turned.jpeg', media['turned.jpeg'] ?? Buffer.alloc(0)))
    expect(turned.files).toMatchObject([{ extension: '.jpeg', width: 48, height: 64 }])
  })
  test('that is a film is told with frames and seconds', async () => {
    const { files } = await seen(await given('film.avi', media['film.avi'] ?? Buffer.alloc(0)))
    expect(files).toMatchObject([
      { mediaKind: 'film', width: 64, height: 48, frames: 50, durationSeconds: 2 },
    ])
  })
  test('that is too large, damaged or something else is refused with its code', async () => {
    const wide = media['wide.jpg'] ?? Buffer.alloc(0)
    expect(said(await seen(await given('a.jpg', wide), { picturePixels: 64 * 48 - 1 }))).toEqual([
      ['a.jpg', 'MEDIA_TOO_LARGE'],
    ])
    expect(
      said(await seen(await given('a.avi', media['film.avi'] ?? wide), { filmPixels: 64 * 48 - 1 })),
    ).toEqual([['a.avi', 'MEDIA_TOO_LARGE']])
    expect(said(await seen(await given('a.jpg', wide.subarray(0, 100))))).toEqual([
      ['a.jpg', 'MEDIA_UNREADABLE'],
    ])
    expect(said(await seen(await given('a.png', wide)))).toEqual([['a.png', 'TYPE_MISMATCH']])
  })
})

describe('an archive', () => {
  const all = Object.entries
  test.each(['zip', '7z', 'rar4', 'rar5', 'deflate64'] as const)(
    '(%s) gives every member as it went in',
    async (kind) => {
      const path = {
        zip: async () => given('a.zip', await zipOf(media)),
        '7z': () => bySevenZip(['-mx=1'], '.7z'),
        rar4: async () => given('a.rar', rar4(media)),
        rar5: async () => given('a.rar', rar5(media)),
        deflate64: () => bySevenZip(['-tzip', '-mm=Deflate64', '-mx=9'], '.zip'),
      }[kind]
      const { archiveFormat, files, bytes } = await seen(await path())
      expect(archiveFormat).toBe(kind.startsWith('rar') ? 'rar' : kind === '7z' ? '7z' : 'zip')
      expect(new Map(files.map(({ fileName }, i) => [fileName, bytes[i]]))).toEqual(new Map(all(media)))
      expect(files.map(({ index }) => index)).toEqual([0, 1, 2, 3])
      expect(files.every(({ refused }) => refused === null)).toBe(true)
    },
  )

  test('tells what is wrong with single members, in order, while the others go on', async () => {
    const wide = media['wide.jpg'] ?? Buffer.alloc(0)
    const path = await given(
      'a.zip',
      await zipOf({
        'a.jpg': wide,
        'b.txt': 'text',
        'c.zip': await zipOf({ 'x.jpg': wide }),
        'd.jpg': '',
        'e.jpg': wide,
      }),
    )
    expect(said(await seen(path))).toEqual([
      ['a.jpg', 'picture'],
      ['b.txt', 'TYPE_UNKNOWN'],
      ['c.zip', 'ARCHIVE_NESTED'],
      ['d.jpg', 'FILE_EMPTY'],
      ['e.jpg', 'picture'],
    ])
  })

  test.each(['zip', '7z', 'rar4', 'rar5'] as const)(
    '(%s) with a damaged member in the middle loses that member only',
    async (kind) => {
      const whole = {
        zip: () => zipOf(media),
        '7z': async () => readFile(await bySevenZip(['-mx=0', '-ms=off'], '.7z')),
        rar4: async () => rar4(media),
        rar5: async () => rar5(media),
      }[kind]
      const bytes = await whole()
      const still = bytes.indexOf(media['still.png'] ?? Buffer.alloc(0))
      bytes.writeUInt8(bytes.readUInt8(still + 30) ^ 0xff, still + 30)
      const { files } = await seen(await given(kind.startsWith('rar') ? 'a.rar' : `a.${kind}`, bytes))
      const codes = new Map(files.map(({ fileName, refused }) => [fileName, refused?.code ?? 'fine']))
      expect(codes.get('still.png')).toBe('ARCHIVE_MEMBER_DAMAGED')
      expect([...codes.values()].filter((code) => code === 'fine')).toHaveLength(3)
    },
  )

  test('is refused as a whole beyond a limit', async () => {
    const path = await given('a.zip', await zipOf(media))
    expect(await extract(path, { members: 3 })).toBe('ARCHIVE_TOO_MANY_MEMBERS')
    expect(await extract(path, { totalBytes: 1000 })).toBe('ARCHIVE_TOO_LARGE')
    const seven = await bySevenZip(['-mx=1'], '.7z')
    expect(await extract(seven, { members: 3 })).toBe('ARCHIVE_TOO_MANY_MEMBERS')
    expect(await extract(seven, { listingBytes: 100 })).toBe('ARCHIVE_TOO_MANY_MEMBERS')
    expect(await extract(seven, { ratioFromBytes: 1000, ratio: 1 })).toBe('ARCHIVE_RATIO')
  })

  test('that takes more time than allowed is refused and not waited for', async () => {
    const path = await given('a.zip', await zipOf(media))
    expect(await extract(path, { archiveMs: 1 })).toBe('WORKER_TIMEOUT')
    expect(await extract(path, { listMs: 0 })).toBe('WORKER_TIMEOUT')
  })

  test('keeps the names of its members as data, whatever they are', async () => {
    const wide = media['wide.jpg'] ?? Buffer.alloc(0)
    const names = [
      'a\nb.jpg',
      '\u001b[31m.jpg',
      '"; rm -rf x; ".jpg',
      '$(id).jpg',
      '__proto__.jpg',
      '@x.jpg',
      '\u2028.jpg',
      'x\r.jpg',
      'é𝄞.jpg',
      `${'l'.repeat(4000)}.jpg`,
    ]
    const { files } = await seen(
      await given('a.zip', await zipOf(Object.fromEntries(names.map((name) => [name, wide])))),
    )
    expect(JSON.parse(JSON.stringify(files.map(({ fileName }) => fileName)))).toEqual(names)
    const rarNames = names.filter((name) => !name.includes('\n') && name.length < 200)
    const rar = await seen(
      await given('a.rar', rar5(Object.fromEntries(rarNames.map((name) => [name, wide])))),
    )
    expect(rar.files.map(({ fileName, refused }) => [fileName, refused])).toEqual(
      rarNames.map((name) => [name, null]),
    )
  })
})

async function isAllowed(weaker: Box): Promise<boolean> {
  await using tried = await spawnBoxed(weaker, {
    ...{ command: process.execPath, args: ['-e', '0'], readable: [process.execPath], writable: work },
    ...{ memoryBytes: 512 * 1024 * 1024, ipc: false, signal: AbortSignal.timeout(10_000) },
  })
  const end = await tried.ended
  return end.how === 'exited' && end.code === 0
}

describe('the weaker boxes', () => {
  const strategies: BoxStrategy[] = [
    { name: 'bubblewrap', program: '/usr/bin/bwrap', proc: false },
    { name: 'unshare', user: true, proc: true },
    { name: 'plain' },
  ]
  test.for(strategies)('%o give the same answers', async (strategy, { skip }) => {
    const weaker: Box = { ...box, strategy }
    if (!(await isAllowed(weaker))) skip('this machine does not allow it')
    const path = await given('a.zip', await zipOf(media))
    const signal = AbortSignal.timeout(30_000)
    const limits = DEFAULT_EXTRACTOR_LIMITS
    await using extraction = await extractFile({
      path,
      fileName: 'a.zip',
      workFolder: work,
      box: weaker,
      limits,
      signal,
    })
    const kinds: (string | null)[] = []
    for await (const file of extraction.files) kinds.push(file.mediaKind)
    expect(kinds).toEqual(['picture', 'picture', 'picture', 'film'])
  })
})

describe('a file that ends its worker', () => {
  test('is refused, and the next one is served', async () => {
    const wide = media['wide.jpg'] ?? Buffer.alloc(0)
    const path = await given('wide.jpg', wide)
    const limits = { ...DEFAULT_EXTRACTOR_LIMITS, probeMemoryBytes: 20 * 1024 * 1024 }
    const options = { box, folder: await mkdtemp(join(folder, 'prober-')), readable: [path] }
    const signal = AbortSignal.timeout(30_000)
    await using starved = await startProber({ ...options, limits, signal })
    await expect(starved.probe(path, 'wide.jpg', 'me')).rejects.toThrow(/does not start/)
    await using hurried = await startProber({
      ...options,
      limits: { ...DEFAULT_EXTRACTOR_LIMITS, probeMs: 0 },
      signal,
    })
    expect(await hurried.probe(path, 'wide.jpg', 'me')).toMatchObject({
      verdict: 'refused',
      code: 'WORKER_TIMEOUT',
    })
  })

  test('never leaves its worker to somebody else', async () => {
    const broken = await given('broken.jpg', (media['wide.jpg'] ?? Buffer.alloc(0)).subarray(0, 100))
    const good = await given('wide.jpg', media['wide.jpg'] ?? Buffer.alloc(0))
    const ended: string[] = []
    await using prober = await startProber({
      ...{ box, limits: DEFAULT_EXTRACTOR_LIMITS, signal: AbortSignal.timeout(30_000) },
      ...{ folder: await mkdtemp(join(folder, 'prober-')), readable: [broken, good] },
      onChildEnd: ({ how }) => ended.push(how),
    })
    expect(await prober.probe(broken, 'broken.jpg', 'me')).toMatchObject({ code: 'MEDIA_UNREADABLE' })
    expect(await prober.probe(good, 'wide.jpg', 'me')).toMatchObject({ verdict: 'picture' })
    expect(ended).toEqual([])
    expect(await prober.probe(good, 'wide.jpg', 'you')).toMatchObject({ verdict: 'picture' })
    expect(ended).toEqual(['killed'])
    expect(await prober.probe(good, 'wide.jpg', 'they')).toMatchObject({ verdict: 'picture' })
    expect(ended).toEqual(['killed'])
  })
})

test('nothing stays in the work folder', async () => {
  expect(await readdir(work)).toEqual([])
})
