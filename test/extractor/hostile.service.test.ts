// The hostile set through the extractor's real path: boxed children, every file as its manifest says.
import { existsSync } from 'node:fs'
import { lstat, mkdtemp, readdir, realpath, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startProberPool } from '#extractor/prober-pool.ts'
import { DEFAULT_EXTRACTOR_LIMITS } from '#extractor/pure/limits.ts'
import { findBox } from '#runtime/box/find-box.ts'
import type { BoxEnd } from '#runtime/box/pure/box-request.ts'
import { isFailureCode } from '#schemas/failure-codes.ts'
import { type HostileEnd, hostileFiles, inLanes, runHostile } from './hostile-run.ts'

const shared = process.env.SYNTONYM_SHARED_DATA ?? resolve(import.meta.dirname, '../../../shared/data')
const root = join(shared, 'hostile')
const there = existsSync(join(root, 'manifest.tsv'))
if (!there) console.log('skipped: no shared data')

const MIB = 1024 * 1024
const LANES = 3
/** Where the traps of the set would write, and where they would call. */
const ESCAPE = '/tmp/hostile-escape.jpg'
const CANARY_PORT = 18_099

/** Damage that shows only when pixels are decoded: the render path refuses these. */
const FOUND_BY_DECODING = /bmpsuite\/b\/badrle(4|bis)?\.bmp$/

let ends: readonly HostileEnd[] = []
let left: readonly string[] = []
const children: BoxEnd[] = []
const notPlain: string[] = []
let requests = 0
let listener: Server | undefined

beforeAll(async () => {
  if (!there) return
  listener = createServer((socket) => {
    requests++
    socket.destroy()
  })
  listener.on('error', () => console.log(`port ${CANARY_PORT} is in use: nobody listens for the traps`))
  listener.listen(CANARY_PORT, '127.0.0.1')
  await rm(ESCAPE, { force: true })
  const workFolder = await realpath(await mkdtemp(join(tmpdir(), 'syntonym-hostile-')))
  const box = await findBox({ searchPath: process.env.PATH ?? '', tempFolder: workFolder })
  const limits = DEFAULT_EXTRACTOR_LIMITS
  const onChildEnd = (end: BoxEnd) => void children.push(end)
  {
    const signal = AbortSignal.timeout(280_000)
    await using prober = await startProberPool({
      ...{ box, limits, signal, onChildEnd, folder: workFolder, readable: [root], size: 2 },
    })
    const onExtracted = async (path: string): Promise<void> => {
      const facts = await lstat(path)
      if (!facts.isFile() || facts.nlink !== 1) notPlain.push(path)
      await rm(path)
    }
    const setup = { root, box, prober, workFolder, limits, onChildEnd, onExtracted }
    ends = await inLanes(await hostileFiles(root), LANES, (file) => runHostile(setup, file))
    left = [
      ...(await readdir(prober.inbox)),
      ...(await readdir(workFolder)).filter((name) => name.startsWith('extract')),
    ]
  }
  await rm(workFolder, { recursive: true, force: true })
  console.table(summary())
}, 300_000)
afterAll(() => {
  listener?.close()
})

function summary(): Record<string, Record<string, string | number>> {
  const rows: Record<
    string,
    { files: number; accepted: number; refused: number; slowest_ms: number; codes: string }
  > = {}
  const codes = new Map<string, Map<string, number>>()
  for (const { file, ms, codes: found, accepted } of ends) {
    const group = file.path
      .split('/')
      .slice(0, 2)
      .join('/')
      .replace(/\.\w+$/, '')
    const name =
      group.includes('-') && !group.startsWith('archives') && !group.startsWith('images')
        ? (group.split('/')[0] ?? '')
        : group
    rows[name] ??= { files: 0, accepted: 0, refused: 0, slowest_ms: 0, codes: '' }
    const row = rows[name]
    row.files++
    if (accepted > 0) row.accepted++
    else row.refused++
    row.slowest_ms = Math.max(row.slowest_ms, Math.round(ms))
    const seen = codes.get(name) ?? new Map<string, number>()
    for (const code of new Set(found)) seen.set(code, (seen.get(code) ?? 0) + 1)
    codes.set(name, seen)
    row.codes = [...seen]
      .sort((a, b) => b[1] - a[1])
      .map(([code, count]) => `${code} ${count}`)
      .join(', ')
  }
  return rows
}

const wrong = (of: (end: HostileEnd) => boolean) =>
  ends
    .filter(of)
    .map(
      ({ file, codes, accepted }) => `${file.path} [${file.expect}] accepted ${accepted} ${codes.join(' ')}`,
    )

const isRefused = (end: HostileEnd): boolean => end.accepted === 0 && end.codes.length > 0
const brokenPng = /pngsuite\/x[^/]*\.png$/

describe.skipIf(!there)('of the hostile set', () => {
  test('every file was looked at and none made a mistake of ours', () => {
    expect(ends.length).toBeGreaterThan(1000)
    expect(
      ends.filter(({ bug }) => bug !== undefined).map(({ file, bug }) => [file.path, String(bug)]),
    ).toEqual([])
  })

  test('every refusal has a documented code', () => {
    expect(wrong(({ codes }) => !codes.every(isFailureCode))).toEqual([])
    expect(wrong(({ codes, accepted }) => codes.length === 0 && accepted === 0)).toEqual([])
  })

  test('no file ended its worker, held it up, or took more memory than a worker may use', () => {
    expect(wrong(({ codes }) => codes.some((code) => code.startsWith('WORKER_')))).toEqual([])
    expect(
      children.filter(({ how }) => how !== 'killed').map(({ how, stderr }) => [how, stderr.text]),
    ).toEqual([])
  })

  test('no file took a minute', () => {
    expect(wrong(({ ms }) => ms > 60_000)).toEqual([])
  })

  test('no child held 512 MB', () => {
    const peak = Math.max(...children.map(({ peakBytes }) => peakBytes))
    console.log(`largest child: ${Math.round(peak / MIB)} MiB of ${children.length} children`)
    expect(peak).toBeLessThan(512 * MIB)
  })

  test('what must be refused is refused', () => {
    const must = ({ file }: HostileEnd) => /^reject/.test(file.expect) && !/ or /.test(file.expect)
    expect(wrong((end) => must(end) && !FOUND_BY_DECODING.test(end.file.path) && !isRefused(end))).toEqual([])
    expect(wrong((end) => brokenPng.test(end.file.path) && !isRefused(end))).toEqual([])
  })

  test('what must be accepted is accepted', () => {
    const must = ({ file }: HostileEnd) =>
      (/^ok/.test(file.expect) && !/ or /.test(file.expect) && !brokenPng.test(file.path)) ||
      /^(canary|must_strip|partial: per-file)/.test(file.expect)
    expect(ends.filter(must).length).toBeGreaterThan(100)
    expect(wrong((end) => must(end) && end.accepted === 0)).toEqual([])
  })

  test('bombs are refused as bombs, at once', () => {
    const bombs = ends.filter(({ file }) => file.expect === 'reject:bomb')
    expect(bombs.length).toBe(4)
    for (const { file, codes, ms } of bombs) {
      expect(codes, file.path).toEqual(
        expect.arrayContaining([expect.stringMatching(/^ARCHIVE_(RATIO|OVERLAP|NESTED)$/)]),
      )
      expect(ms, file.path).toBeLessThan(10_000)
    }
  })

  test('passwords, pixels, missing video tracks and emptiness are told by their own codes', () => {
    const coded = (expected: string) => ends.filter(({ file }) => file.expect === expected)
    for (const { file, codes } of coded('reject:encrypted'))
      expect(codes, file.path).toContain('ARCHIVE_ENCRYPTED')
    for (const { file, codes } of coded('reject:pixels'))
      expect(codes[0], file.path).toBe(file.path.endsWith('.tif') ? 'TYPE_NOT_ACCEPTED' : 'MEDIA_TOO_LARGE')
    for (const { codes } of coded('reject: no video')) expect(codes).toEqual(['MEDIA_NO_VIDEO'])
    for (const { codes } of coded('reject: empty')) expect(codes).toEqual(['ARCHIVE_EMPTY'])
  })

  test('in a mixed archive the good members go on', () => {
    const [mixed] = ends.filter(({ file }) => file.expect.startsWith('partial: per-file'))
    expect(mixed?.accepted).toBe(3)
    expect(mixed?.codes.length).toBe(3)
  })

  test('names are exact in JSON, and the good member beside a hostile name is accepted', () => {
    const named = ends.filter(({ file }) => file.expect === 'name')
    expect(named.length).toBe(25)
    for (const { file, names, accepted } of named) {
      expect(accepted, file.path).toBeGreaterThan(0)
      expect(JSON.parse(JSON.stringify(names)), file.path).toEqual(names)
      const wanted = pythonText(/entry name (.*)$/.exec(file.source)?.[1] ?? '')
      const cut = wanted.length >= 60
      const found = cut ? names.some((name) => name.startsWith(wanted)) : names.includes(wanted)
      expect(found, `${file.path}: ${JSON.stringify(wanted)} in ${JSON.stringify(names).slice(0, 200)}`).toBe(
        true,
      )
    }
  })

  test('nothing lies outside of the work folder, nothing stays in it, and no link left an archive', () => {
    expect(existsSync(ESCAPE)).toBe(false)
    expect(left).toEqual([])
    expect(notPlain).toEqual([])
    const traps = ends.filter(({ file }) => /^trap:(path|symlink)/.test(file.expect))
    expect(traps.length).toBe(7)
    for (const { file, codes } of traps.filter(({ file: { path } }) => !path.includes('pctenc')))
      expect(codes, file.path).toEqual(
        expect.arrayContaining([expect.stringMatching(/^ARCHIVE_(PATH_ESCAPES|NOT_A_FILE)$/)]),
      )
  })

  test('no trap called anybody', () => {
    expect(requests).toBe(0)
  })
})

/** The text that a Python literal stands for; the manifest's are cut after sixty letters. */
function pythonText(literal: string): string {
  const quote = literal[0] ?? "'"
  const body = literal.slice(1).replace(new RegExp(`${quote}$`), '')
  const escapes: Record<string, string> = { n: '\n', r: '\r', t: '\t', '\\': '\\', "'": "'", '"': '"' }
  return body.replace(/\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|(.))/gs, (_, hex, long, letter) =>
    hex || long ? String.fromCharCode(Number.parseInt(hex ?? long, 16)) : (escapes[letter] ?? letter),
  )
}
