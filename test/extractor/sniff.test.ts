// What a file is by its first bytes, and what the name has to say to that.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { agreement } from '#extractor/pure/agreement.ts'
import { int32le, letters, uint16le, uint32be, uint32le } from '#extractor/pure/byte-view.ts'
import { extensionOf } from '#extractor/pure/media-types.ts'
import { SNIFF_BYTES, sniff } from '#extractor/pure/sniff.ts'

const latin = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0))
const padded = (text: string): Uint8Array => latin(text.padEnd(SNIFF_BYTES, '\0'))
const ebml = (docType: string): Uint8Array =>
  padded(
    `\x1a\x45\xdf\xa3\x93\x42\x86\x81\x01\x42\x82${String.fromCharCode(0x80 | docType.length)}${docType}`,
  )
const packets = (count: number, bytes: number, first: number): Uint8Array => {
  const head = new Uint8Array(SNIFF_BYTES).fill(0x11)
  for (let i = 0; i < count; i++) head[first + i * bytes] = 0x47
  return head
}

describe('a file is what its beginning says', () => {
  const cases: [string, Uint8Array, object][] = [
    ['JPEG', padded('\xff\xd8\xff\xe0'), { is: 'picture', type: 'jpeg' }],
    ['PNG', padded('\x89PNG\r\n\x1a\n'), { is: 'picture', type: 'png' }],
    ['bitmap', padded(`BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0`), { is: 'picture', type: 'bmp' }],
    ['MP4', padded('\0\0\0\x18ftypisom'), { is: 'film', type: 'mp4' }],
    ['QuickTime', padded('\0\0\0\x14ftypqt  '), { is: 'film', type: 'mov' }],
    ['QuickTime of before ftyp', padded('\0\0\x10\0moov'), { is: 'film', type: 'mov' }],
    ['QuickTime whose first box has a long size', padded('\0\0\0\x01mdat'), { is: 'film', type: 'mov' }],
    ['a box that is smaller than its own header', padded('\0\0\0\x05moov'), { is: 'unknown' }],
    ['Matroska', ebml('matroska'), { is: 'film', type: 'matroska' }],
    ['WebM', ebml('webm'), { is: 'film', type: 'webm' }],
    ['AVI', padded('RIFF\0\0\0\0AVI '), { is: 'film', type: 'avi' }],
    ['transport stream', packets(20, 188, 0), { is: 'film', type: 'transport-stream' }],
    ['transport stream of a camera', packets(20, 192, 4), { is: 'film', type: 'transport-stream' }],
    ['transport stream cut inside a packet', packets(20, 188, 77), { is: 'film', type: 'transport-stream' }],
    ['zip', padded('PK\x03\x04'), { is: 'archive', type: 'zip' }],
    ['empty zip', latin(`PK\x05\x06${'\0'.repeat(18)}`), { is: 'archive', type: 'zip' }],
    ['7z', padded('7z\xbc\xaf\x27\x1c'), { is: 'archive', type: '7z' }],
    ['RAR 4', padded('Rar!\x1a\x07\0'), { is: 'archive', type: 'rar4' }],
    ['RAR 5', padded('Rar!\x1a\x07\x01\0'), { is: 'archive', type: 'rar5' }],
    [
      'a JPEG with a zip behind it',
      latin(`\xff\xd8\xff\xe0${'x'.repeat(100)}PK\x03\x04`),
      { is: 'picture', type: 'jpeg' },
    ],
    ['a bitmap that is cut off early', latin('BM\0\0'), { is: 'picture', type: 'bmp' }],
    ['a text that begins with BM', padded(`BM is a car maker${'x'.repeat(40)}`), { is: 'unknown' }],
    ['MP4 with the smallest ftyp', padded('\0\0\0\x10ftypisom'), { is: 'film', type: 'mp4' }],
    ['an ftyp that is too small', padded('\0\0\0\x0fftypisom'), { is: 'unknown' }],
    ['MP4 with the largest ftyp', padded('\0\0\x02\0ftypisom'), { is: 'film', type: 'mp4' }],
    ['an ftyp that is too large', padded('\0\0\x02\x01ftypisom'), { is: 'unknown' }],
    ['EBML of another document type', ebml('other'), { is: 'unknown' }],
    ['EBML that ends inside its header', latin('\x1a\x45\xdf\xa3\x93\x42'), { is: 'unknown' }],
    ['nothing', new Uint8Array(), { is: 'empty' }],
    ['noise', latin('\x01\x02\x03\x04nothing known'), { is: 'unknown' }],
    ['three sync bytes by chance', packets(3, 188, 0), { is: 'unknown' }],
  ]
  for (const [name, head, expected] of cases) test(name, () => expect(sniff(head)).toEqual(expected))
})

describe('what is refused is named', () => {
  const cases: [string, string][] = [
    ['GIF89a', 'GIF'],
    ['RIFF\0\0\0\0WEBPVP8 ', 'WebP'],
    ['RIFF\0\0\0\0WAVEfmt ', 'WAVE sound'],
    ['RIFF\0\0\0\0sfbk', 'RIFF file'],
    ['\0\0\0\x18ftypheic', 'HEIC'],
    ['\0\0\0\x18ftypavif', 'AVIF'],
    ['II*\0', 'TIFF or camera raw'],
    ['<svg xmlns="', 'SVG'],
    ['\xef\xbb\xbf \n<?xml version="1.0"?><!-- x --><svg>', 'SVG'],
    ['%PDF-1.7', 'PDF'],
    ['#EXTM3U\n', 'playlist'],
    ['ffconcat version 1.0', 'concat script'],
    ['<?xml version="1.0"?><MPD>', 'playlist'],
    ['#!/bin/sh', 'script'],
    [`PK\x03\x04${'\0'.repeat(26)}[Content_Types].xml`, 'document or program package'],
    ['v=0\r\no=-', 'session description'],
  ]
  for (const [start, name] of cases)
    test(name + JSON.stringify(start).slice(0, 12), () =>
      expect(sniff(padded(start))).toEqual({ is: 'other', name }),
    )
})

describe('the extension must agree with the content', () => {
  const jpeg = sniff(padded('\xff\xd8\xff\xe0'))
  const mp4 = sniff(padded('\0\0\0\x18ftypisom'))
  test.each([
    [jpeg, 'a.jpg', 'picture'],
    [jpeg, 'a.JPEG', 'picture'],
    [jpeg, 'a.tar.jpg', 'picture'],
    [jpeg, 'a.png', 'TYPE_MISMATCH'],
    [jpeg, 'a.jpg.exe', 'TYPE_MISMATCH'],
    [jpeg, 'a', 'TYPE_MISMATCH'],
    [jpeg, 'a.jpg ', 'TYPE_MISMATCH'],
    [jpeg, 'jpg', 'TYPE_MISMATCH'],
    [mp4, 'a.mov', 'film'],
    [mp4, 'a.mkv', 'TYPE_MISMATCH'],
    [sniff(ebml('webm')), 'a.mkv', 'film'],
    [sniff(ebml('matroska')), 'a.webm', 'TYPE_MISMATCH'],
    [sniff(packets(20, 188, 0)), 'a.mts', 'film'],
    [sniff(padded('Rar!\x1a\x07\0')), 'a.rar', 'archive'],
    [sniff(padded('Rar!\x1a\x07\0')), 'a.zip', 'TYPE_MISMATCH'],
    [sniff(padded('GIF89a')), 'a.jpg', 'TYPE_NOT_ACCEPTED'],
    [sniff(latin('noise')), 'a.jpg', 'TYPE_UNKNOWN'],
    [sniff(new Uint8Array()), 'a.jpg', 'FILE_EMPTY'],
  ] as const)('%o named %s: %s', (sniffed, name, expected) => {
    const agreed = agreement(sniffed, name)
    expect(agreed.verdict === 'refused' ? agreed.code : agreed.verdict).toBe(expected)
  })

  test('an extension is what stands behind the last dot, in lower case', () => {
    expect(['A.B.JPG', 'a', '.hidden', 'a.', 'x/y.z'].map(extensionOf)).toEqual([
      '.jpg',
      '',
      '.hidden',
      '.',
      '.z',
    ])
  })
})

test('numbers are read up to the last byte and not beyond', () => {
  const bytes = Uint8Array.of(0, 1, 2, 3, 4)
  expect([uint32be(bytes, 1), uint32be(bytes, 2), uint32be(bytes, -1)]).toEqual([
    0x01020304,
    undefined,
    undefined,
  ])
  expect([uint32le(bytes, 1), uint32le(bytes, 2), uint32le(bytes, -1)]).toEqual([
    0x04030201,
    undefined,
    undefined,
  ])
  expect([int32le(bytes, 1), int32le(bytes, 2), int32le(bytes, -1)]).toEqual([
    0x04030201,
    undefined,
    undefined,
  ])
  expect([uint16le(bytes, 3), uint16le(bytes, 4), uint16le(bytes, -1)]).toEqual([
    0x0403,
    undefined,
    undefined,
  ])
  expect([letters(latin('abc'), 1, 9), letters(latin('abc'), 5, 9)]).toEqual(['bc', ''])
})

test('no bytes and no name make the sniffer or the agreement throw', () => {
  const seeds = [
    '\xff\xd8\xff',
    '\x89PNG\r\n\x1a\n',
    'BM',
    '\0\0\0\x18ftyp',
    '\x1a\x45\xdf\xa3',
    'RIFF....AVI ',
    'PK\x03\x04',
    '<?xml',
    'G',
  ]
  const head = fc.oneof(
    fc.uint8Array({ maxLength: 600 }),
    fc
      .tuple(fc.constantFrom(...seeds), fc.uint8Array({ maxLength: 300 }))
      .map(([seed, rest]) => Uint8Array.from([...latin(seed), ...rest])),
  )
  fc.assert(
    fc.property(head, fc.string({ unit: 'binary' }), (bytes, name) => {
      const agreed = agreement(sniff(bytes), name)
      expect(agreed.verdict).toMatch(/^(picture|film|archive|refused)$/)
    }),
    { numRuns: 800 },
  )
})
