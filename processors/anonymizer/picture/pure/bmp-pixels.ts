// Turns the pixels of a BMP into interleaved RGB or RGBA, upright, or says that they end before they should.
import type { BmpLayout, BmpMask } from './bmp-header.ts'

/** `cut`: the file ends before its last pixel. `bad`: packed pixels leave the picture. */
export type BmpPixels = Uint8Array | 'cut' | 'bad'

/** Interleaved, 8 bits, top row first. */
export function readBmpPixels(bytes: Uint8Array, layout: BmpLayout): BmpPixels {
  if (layout.packing !== 'plain') return readPacked(bytes, layout)
  if (layout.bits <= 8) return readIndexed(bytes, layout)
  return layout.bits === 24 ? readPlain24(bytes, layout) : readMasked(bytes, layout)
}

/** 4 where the file stores alpha, else 3. */
export const bmpChannels = (layout: BmpLayout): 3 | 4 => (layout.masks && layout.masks[3].most > 0 ? 4 : 3)

/** Rows are padded to whole groups of four bytes. */
const rowBytes = (layout: BmpLayout): number => Math.ceil((layout.width * layout.bits) / 32) * 4

const rowStart = (layout: BmpLayout, y: number): number =>
  layout.pixelsAt + (layout.topDown ? y : layout.height - 1 - y) * rowBytes(layout)

/** The last row may lack its padding. */
const isWhole = (bytes: Uint8Array, layout: BmpLayout): boolean =>
  bytes.length >=
  layout.pixelsAt + (layout.height - 1) * rowBytes(layout) + Math.ceil((layout.width * layout.bits) / 8)

function readIndexed(bytes: Uint8Array, layout: BmpLayout): BmpPixels {
  if (!isWhole(bytes, layout)) return 'cut'
  const { width, height, bits, palette } = layout
  const pixels = new Uint8Array(width * height * 3)
  const perByte = 8 / bits
  const most = 2 ** bits - 1
  for (let y = 0, to = 0; y < height; y++) {
    const row = rowStart(layout, y)
    for (let x = 0; x < width; x++, to += 3) {
      const byte = bytes[row + Math.floor(x / perByte)] ?? 0
      const index = (byte >> (8 - bits - (x % perByte) * bits)) & most
      for (let c = 0; c < 3; c++) pixels[to + c] = palette[index * 3 + c] ?? 0
    }
  }
  return pixels
}

function readPlain24(bytes: Uint8Array, layout: BmpLayout): BmpPixels {
  if (!isWhole(bytes, layout)) return 'cut'
  const { width, height } = layout
  const pixels = new Uint8Array(width * height * 3)
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0, at = rowStart(layout, y); x < width; x++, at += 3, to += 3) {
      pixels[to] = bytes[at + 2] ?? 0
      pixels[to + 1] = bytes[at + 1] ?? 0
      pixels[to + 2] = bytes[at] ?? 0
    }
  }
  return pixels
}

function readMasked(bytes: Uint8Array, layout: BmpLayout): BmpPixels {
  if (!isWhole(bytes, layout) || !layout.masks) return 'cut'
  const { width, height, bits, masks } = layout
  const channels = bmpChannels(layout)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const pixels = new Uint8Array(width * height * channels)
  const size = bits / 8
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0, at = rowStart(layout, y); x < width; x++, at += size, to += channels) {
      const value = bits === 16 ? view.getUint16(at, true) : view.getUint32(at, true)
      for (let c = 0; c < channels; c++) pixels[to + c] = channelOf(value, masks[c])
    }
  }
  return pixels
}

const channelOf = (value: number, mask: BmpMask | undefined): number =>
  mask && mask.most > 0 ? Math.round((((value >>> mask.shift) & mask.most) >>> 0) * (255 / mask.most)) : 0

/** Run-length packed: pairs of count and colour, with escapes for the end of a row, the end, a jump and plain runs. */
function readPacked(bytes: Uint8Array, layout: BmpLayout): BmpPixels {
  const { width, height, palette } = layout
  const pixels = new Uint8Array(width * height * 3)
  const half = layout.packing === 'rle4'
  let at = layout.pixelsAt
  let x = 0
  let y = 0
  let inside = true
  const put = (index: number): void => {
    inside &&= x < width && y < height
    const to = ((height - 1 - y) * width + x) * 3
    if (inside) for (let c = 0; c < 3; c++) pixels[to + c] = palette[index * 3 + c] ?? 0
    x++
  }
  const nibble = (byte: number, i: number): number => (half ? (i % 2 ? byte & 15 : byte >> 4) : byte)
  while (at + 2 <= bytes.length) {
    const count = bytes[at] ?? 0
    const code = bytes[at + 1] ?? 0
    at += 2
    if (count > 0) for (let i = 0; i < count; i++) put(nibble(code, i))
    else if (code === 1) return pixels
    else if (code === 0) {
      x = 0
      y++
    } else if (code === 2) {
      x += bytes[at] ?? 0
      y += bytes[at + 1] ?? 0
      at += 2
    } else {
      const length = Math.ceil(half ? code / 2 : code)
      if (at + length > bytes.length) return 'cut'
      for (let i = 0; i < code; i++) put(nibble(bytes[at + (half ? i >> 1 : i)] ?? 0, i))
      at += length + (length % 2)
    }
    if (!inside) return 'bad'
    if (y >= height) return pixels
  }
  // Some writers leave out the end mark; the picture is whole once its last row was written to its end.
  return y === height - 1 && x >= width ? pixels : 'cut'
}
