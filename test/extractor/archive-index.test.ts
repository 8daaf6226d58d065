// What the index of an archive says decides, before a byte is unpacked, what may leave it.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { overlap } from '#extractor/pure/byte-ranges.ts'
import { escapesRoot, judgeArchive, type MemberFacts } from '#extractor/pure/member-verdict.ts'
import { nameText } from '#extractor/pure/name-text.ts'
import { listingReader, type Properties, sevenZipMember } from '#extractor/pure/seven-zip-listing.ts'
import { type ZipHeader, zipContradiction } from '#extractor/pure/zip-contradiction.ts'
import { zipMemberKind } from '#extractor/pure/zip-member-kind.ts'

const limits = { members: 5, memberBytes: 1000, totalBytes: 2000, ratio: 10, ratioFromBytes: 100 }
const member = (over: Partial<MemberFacts> = {}): MemberFacts => ({
  ...{ name: 'a.jpg', bytes: 50, packedBytes: 50, is: 'file', encrypted: false, method: 'known' },
  ...over,
})
const verdict = (over: Partial<MemberFacts>, archiveBytes = 10_000) => {
  const judged = judgeArchive([member(over)], archiveBytes, limits)
  if (judged.verdict === 'refused') return judged.code
  const [only] = judged.members
  return typeof only === 'object' ? only.code : only
}

describe('a member', () => {
  test.each<[Partial<MemberFacts>, string]>([
    [{}, 'unpack'],
    [{ name: '../a.jpg' }, 'ARCHIVE_PATH_ESCAPES'],
    [{ name: 'x/../../a.jpg' }, 'ARCHIVE_PATH_ESCAPES'],
    [{ name: '..' }, 'ARCHIVE_PATH_ESCAPES'],
    [{ name: '..\\a.jpg' }, 'ARCHIVE_PATH_ESCAPES'],
    [{ name: '/a.jpg' }, 'ARCHIVE_PATH_ESCAPES'],
    [{ name: '\\\\host\\a.jpg' }, 'ARCHIVE_PATH_ESCAPES'],
    [{ name: 'C:a.jpg' }, 'ARCHIVE_PATH_ESCAPES'],
    [{ name: '..a.jpg' }, 'unpack'],
    [{ name: 'd/a.jpg' }, 'ARCHIVE_MEMBER_IN_FOLDER'],
    [{ name: 'd\\a.jpg' }, 'ARCHIVE_MEMBER_IN_FOLDER'],
    [{ name: 'd/', is: 'folder' }, 'ARCHIVE_MEMBER_IN_FOLDER'],
    [{ is: 'special' }, 'ARCHIVE_NOT_A_FILE'],
    [{ is: 'special', name: '../a' }, 'ARCHIVE_PATH_ESCAPES'],
    [{ encrypted: true }, 'ARCHIVE_ENCRYPTED'],
    [{ method: 'unknown' }, 'ARCHIVE_METHOD'],
    [{ contradiction: 'two names' }, 'ARCHIVE_MEMBER_DAMAGED'],
    [{ bytes: 1000, packedBytes: 1000 }, 'unpack'],
    [{ bytes: 1001, packedBytes: 1001 }, 'ARCHIVE_TOO_LARGE'],
    [{ bytes: 100, packedBytes: 1 }, 'unpack'],
    [{ bytes: 101, packedBytes: 10 }, 'ARCHIVE_RATIO'],
    [{ bytes: 101, packedBytes: 11 }, 'unpack'],
  ])('%o: %s', (over, expected) => expect(verdict(over)).toBe(expected))

  test('that has the name of an earlier one is refused, even where the earlier one was', () => {
    const judged = judgeArchive([member({ encrypted: true }), member()], 10_000, limits)
    expect(judged).toMatchObject({
      members: [{ code: 'ARCHIVE_ENCRYPTED' }, { code: 'ARCHIVE_DUPLICATE_NAME' }],
    })
  })
})

describe('an archive', () => {
  const many = (count: number, over: Partial<MemberFacts> = {}) =>
    Array.from({ length: count }, (_, i) => member({ name: `${i}.jpg`, ...over }))
  test('is refused as a whole when empty, too full, too large, or a bomb in all', () => {
    expect(judgeArchive([], 0, limits)).toMatchObject({ code: 'ARCHIVE_EMPTY' })
    expect(judgeArchive(many(5), 10_000, limits).verdict).toBe('listed')
    expect(judgeArchive(many(6), 10_000, limits)).toMatchObject({ code: 'ARCHIVE_TOO_MANY_MEMBERS' })
    expect(judgeArchive(many(3, { bytes: 700, packedBytes: 700 }), 10_000, limits)).toMatchObject({
      code: 'ARCHIVE_TOO_LARGE',
    })
    expect(judgeArchive(many(4, { packedBytes: undefined }), 19, limits)).toMatchObject({
      code: 'ARCHIVE_RATIO',
    })
    expect(judgeArchive(many(4, { packedBytes: undefined }), 20, limits).verdict).toBe('listed')
  })
  test('does not count what is not unpacked', () => {
    expect(
      judgeArchive(many(3, { bytes: 900, packedBytes: 900, encrypted: true }), 10_000, limits).verdict,
    ).toBe('listed')
  })
})

test('no name that a path could climb out by is let through', () => {
  const part = fc.constantFrom('..', '.', 'a', '', 'C:')
  const slash = fc.constantFrom('/', '\\')
  fc.assert(
    fc.property(fc.array(fc.tuple(part, slash), { minLength: 1, maxLength: 5 }), (parts) => {
      const name = parts.flat().slice(0, -1).join('')
      if (!escapesRoot(name)) expect(name.split(/[/\\]/)).not.toContain('..')
    }),
  )
})

test('ranges overlap when they share one byte, and not when they touch', () => {
  expect(
    overlap([
      { start: 10, end: 20 },
      { start: 0, end: 10 },
    ]),
  ).toBe(false)
  expect(
    overlap([
      { start: 10, end: 20 },
      { start: 0, end: 11 },
    ]),
  ).toBe(true)
  expect(
    overlap([
      { start: 5, end: 9 },
      { start: 5, end: 9 },
    ]),
  ).toBe(true)
  expect(overlap([])).toBe(false)
})

describe('the two headers of a zip member', () => {
  const name = Uint8Array.of(97)
  const header = (over: Partial<ZipHeader> = {}): ZipHeader => ({
    ...{ flags: 0, method: 8, crc32: 7, packedBytes: 5, bytes: 9, name },
    ...over,
  })
  test('agree when sizes follow the data, are zero or lie in a zip64 field', () => {
    expect(zipContradiction(header(), header())).toBeUndefined()
    expect(zipContradiction(header(), header({ flags: 8, crc32: 0, bytes: 1 }))).toBeUndefined()
    expect(zipContradiction(header(), header({ crc32: 0, packedBytes: 0, bytes: 0 }))).toBeUndefined()
    expect(zipContradiction(header(), header({ packedBytes: 0xffffffff, bytes: 0xffffffff }))).toBeUndefined()
  })
  test.each<Partial<ZipHeader>>([
    { name: Uint8Array.of(98) },
    { name: Uint8Array.of(97, 97) },
    { method: 0 },
    { flags: 1 },
    { crc32: 8 },
    { packedBytes: 6 },
    { bytes: 10 },
  ])('contradict each other in %o', (over) => expect(zipContradiction(header(), header(over))).toBeDefined())
})

test('links, devices and folders of a zip are told from files by any system’s attributes', () => {
  const unix = (mode: number) => mode * 0x10000
  expect(zipMemberKind('a.jpg', unix(0o100644))).toBe('file')
  expect(zipMemberKind('a.jpg', 0)).toBe('file')
  expect(zipMemberKind('a.jpg', unix(0o120777))).toBe('special')
  expect(zipMemberKind('a.jpg', unix(0o010644))).toBe('special')
  expect(zipMemberKind('a.jpg', unix(0o020644))).toBe('special')
  expect(zipMemberKind('a', unix(0o040755))).toBe('folder')
  expect(zipMemberKind('a/', unix(0o100644))).toBe('folder')
  expect(zipMemberKind('a', 0x10)).toBe('folder')
})

describe('the bytes of a name', () => {
  test('are UTF-8 where they can be and code page 437 where not', () => {
    expect(nameText(Uint8Array.of(0xc3, 0xbc))).toBe('ü')
    expect(nameText(Uint8Array.of(0x81))).toBe('ü')
    expect(nameText(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).toBe('\ufeffa')
  })
  test('that are no UTF-8 stay different names', () => {
    const notUtf8 = fc
      .uint8Array({ minLength: 1, maxLength: 8 })
      .map((bytes) => Uint8Array.from([0xff, ...bytes]))
    fc.assert(
      fc.property(notUtf8, notUtf8, (a, b) => {
        expect(nameText(a) === nameText(b)).toBe(Buffer.from(a).equals(Buffer.from(b)))
      }),
    )
  })
})

describe('the listing of 7-Zip', () => {
  const read = (text: string) => {
    const reader = listingReader()
    return text.split('\n').flatMap((line) => reader.line(line) ?? [])
  }
  test('is one block for the archive and one for each member', () => {
    const blocks = read(
      '7-Zip\n\nListing archive: x\n\n--\nPath = x\nType = 7z\n\n----------\nPath = a = b.jpg\nSize = 3\n\nPath = c\nSize =\n\n',
    )
    expect(blocks).toEqual([
      { of: 'archive', properties: { Path: 'x', Type: '7z' } },
      { of: 'member', properties: { Path: 'a = b.jpg', Size: '3' } },
      { of: 'member', properties: { Path: 'c', Size: '' } },
    ])
  })
  test('says nothing of the archive before its mark', () => {
    expect(read('Multivolume = +\nType = x\n--\nPath = x\n\n----------\n')).toEqual([
      { of: 'archive', properties: { Path: 'x' } },
    ])
  })
  test('cannot reach the prototype of anything', () => {
    const [, block] = read('--\n\n----------\nPath = x\n__proto__ = y\n\n')
    expect(Object.getPrototypeOf(block?.properties)).toBe(null)
  })
  const of = (over: Properties): Properties => ({
    Path: 'a',
    Size: '5',
    Attributes: 'A -rw-r--r--',
    CRC: '0000000A',
    ...over,
  })
  test('tells files, folders and everything else apart', () => {
    expect(sevenZipMember(of({}))).toMatchObject({
      name: 'a',
      bytes: 5,
      is: 'file',
      crc32: 10,
      encrypted: false,
    })
    expect(sevenZipMember(of({ Attributes: 'D drwxr-xr-x' })).is).toBe('folder')
    expect(sevenZipMember(of({ Folder: '+' })).is).toBe('folder')
    expect(sevenZipMember(of({ Attributes: 'D' })).is).toBe('folder')
    expect(sevenZipMember(of({ Attributes: 'A lrwxrwxrwx' })).is).toBe('special')
    expect(sevenZipMember(of({ Attributes: ' prw-r--r--' })).is).toBe('special')
    for (const link of ['Symbolic Link', 'Hard Link', 'Copy Link'])
      expect(sevenZipMember(of({ [link]: 'b' })), link).toMatchObject({ is: 'special', streamedBytes: 0 })
    expect(sevenZipMember(of({ 'Alternate Stream': '+' })).is).toBe('special')
    expect(sevenZipMember(of({ Encrypted: '+' })).encrypted).toBe(true)
  })
  test('that does not say how large a member is, or cuts it over volumes, makes it a damaged one', () => {
    expect(sevenZipMember(of({ Size: '' })).contradiction).toBeDefined()
    expect(sevenZipMember(of({ Size: '-1' })).contradiction).toBeDefined()
    expect(sevenZipMember(of({ 'Split Before': '+' })).contradiction).toBeDefined()
    expect(sevenZipMember(of({ CRC: '' })).crc32).toBeUndefined()
  })
})
