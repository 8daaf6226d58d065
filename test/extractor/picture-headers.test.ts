// Headers of bitmaps and chunk lists of PNGs: sizes as displayed, and a code for everything that is wrong.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readBmpHeader } from '#extractor/pure/bmp-header.ts'
import { judgePng, type PngChunk } from '#extractor/pure/png-chunks.ts'

interface Bmp {
  headerSize?: number
  width?: number
  height?: number
  planes?: number
  depth?: number
  compression?: number
  pixelsAt?: number
  masks?: readonly number[]
  density?: number
  saidBytes?: number
}

function bmp(of: Bmp = {}): Uint8Array {
  const view = new DataView(new ArrayBuffer(138))
  view.setUint16(0, 0x424d)
  view.setUint32(2, of.saidBytes ?? 0, true)
  view.setUint32(10, of.pixelsAt ?? 66, true)
  view.setUint32(14, of.headerSize ?? 40, true)
  view.setInt32(18, of.width ?? 10, true)
  view.setInt32(22, of.height ?? 10, true)
  view.setUint16(26, of.planes ?? 1, true)
  view.setUint16(28, of.depth ?? 24, true)
  view.setUint32(30, of.compression ?? 0, true)
  view.setInt32(38, of.density ?? 2835, true)
  for (const [i, mask] of (of.masks ?? [0xf800, 0x7e0, 0x1f]).entries())
    view.setUint32(54 + i * 4, mask, true)
  return new Uint8Array(view.buffer)
}
const code = (of: Bmp, bytes = 1000) => {
  const read = readBmpHeader(bmp(of), bytes)
  return read.verdict === 'refused' ? read.code : [read.width, read.height]
}

describe('a bitmap', () => {
  test('has the size of its header, whichever row comes first', () => {
    expect(code({})).toEqual([10, 10])
    expect(code({ height: -10 })).toEqual([10, 10])
  })
  test('is cut short when the last byte of its last row is missing', () => {
    // 10 x 24 bit = 30 bytes, rows of 32.
    const needed = 66 + 9 * 32 + 30
    expect(code({}, needed)).toEqual([10, 10])
    expect(code({}, needed - 1)).toBe('MEDIA_TRUNCATED')
    expect(code({ saidBytes: 1001 }, 1000)).toBe('MEDIA_TRUNCATED')
    expect(code({ saidBytes: 1000 }, 1000)).toEqual([10, 10])
    expect(readBmpHeader(bmp().subarray(0, 20), 20)).toMatchObject({ code: 'MEDIA_TRUNCATED' })
  })
  test('of OS/2 is read when its pixels lie behind its header', () => {
    expect(code({ headerSize: 64 }, 2000)).toBe('MEDIA_UNREADABLE')
    expect(code({ headerSize: 64, pixelsAt: 78 }, 2000)).toEqual([10, 10])
  })
  test('with colour masks is read when the three are there and apart', () => {
    expect(code({ depth: 16, compression: 3 })).toEqual([10, 10])
    expect(code({ depth: 16, compression: 6 })).toEqual([10, 10])
    expect(code({ depth: 16, compression: 6, masks: [0, 0, 0] })).toBe('MEDIA_UNREADABLE')
  })
  test('may claim any size when its rows are compressed: the pixel limit holds it', () => {
    expect(code({ width: 60_000, height: 60_000, depth: 8, compression: 1 })).toEqual([60_000, 60_000])
  })
  test.each<Bmp>([
    { headerSize: 66 },
    { width: 0 },
    { width: -5 },
    { height: 0 },
    { planes: 2 },
    { depth: 30_000 },
    { depth: 24, compression: 1 },
    { compression: 4 },
    { depth: 8, compression: 1, height: -10 },
    { pixelsAt: 53 },
    { pixelsAt: 1000 },
    { density: 30_000_000 },
    { depth: 16, compression: 3, masks: [0xff00, 0xff, 0] },
    { depth: 16, compression: 3, masks: [0xff00, 0xff, 0x1f] },
    { depth: 16, compression: 3, masks: [0xff00, 0x1ff, 0x3e0000] },
    { depth: 16, compression: 3, masks: [0xff00, 0xff, 0x1f00] },
    { depth: 16, compression: 3, masks: [0, 0xff, 0x1f00] },
    { depth: 16, compression: 3, masks: [0xff00, 0, 0x1f] },
  ])('with %o is refused', (of) => expect(code(of)).toBe('MEDIA_UNREADABLE'))
  test('of any bytes never throws', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 138 }),
        fc.nat(),
        (bytes, size) => void readBmpHeader(bytes, size),
      ),
      { numRuns: 2000 },
    )
  })
})

const chunk = (type: string, data: readonly number[] = [], whole = true): PngChunk => ({
  type,
  length: data.length,
  data: Uint8Array.from(data),
  whole,
})
const sized = (width: number, height: number) =>
  chunk('IHDR', [0, 0, 0, width, 0, 0, 0, height, 8, 2, 0, 0, 0])
const header = (...over: number[]) =>
  chunk('IHDR', [0, 0, 1, 0, 0, 0, 0, 32, ...(over.length > 0 ? over : [8, 2]), 0, 0, 0])

describe('a PNG', () => {
  const good = [header(), chunk('IDAT'), chunk('IEND')]
  test('has the size of its header', () => {
    expect(judgePng(good)).toEqual({ verdict: 'read', width: 256, height: 32 })
  })
  test('with one animation frame is a picture, with two it is not', () => {
    const control = (frames: number) => chunk('acTL', [0, 0, 0, frames, 0, 0, 0, 0])
    expect(judgePng([header(), control(1), chunk('IDAT'), chunk('IEND')]).verdict).toBe('read')
    expect(judgePng([header(), control(2), chunk('IDAT'), chunk('IEND')])).toMatchObject({
      code: 'MEDIA_ANIMATED',
    })
  })
  test.each([
    [[], 'MEDIA_UNREADABLE'],
    [[chunk('IDAT'), header(), chunk('IEND')], 'MEDIA_UNREADABLE'],
    [[header(3, 2), chunk('IDAT'), chunk('IEND')], 'MEDIA_UNREADABLE'],
    [[header(8, 7), chunk('IDAT'), chunk('IEND')], 'MEDIA_UNREADABLE'],
    [[chunk('IHDR', new Array(13).fill(0)), chunk('IDAT'), chunk('IEND')], 'MEDIA_UNREADABLE'],
    [[sized(0, 1), chunk('IDAT'), chunk('IEND')], 'MEDIA_UNREADABLE'],
    [[sized(1, 0), chunk('IDAT'), chunk('IEND')], 'MEDIA_UNREADABLE'],
    [[header(), chunk('IEND')], 'MEDIA_UNREADABLE'],
    [[header(), chunk('IDAT')], 'MEDIA_TRUNCATED'],
    [[header(), chunk('IDAT', [], false), chunk('IEND')], 'MEDIA_TRUNCATED'],
  ] as const)('with the chunks %o is refused', (chunks, expected) => {
    expect(judgePng(chunks)).toMatchObject({ code: expected })
  })
})
