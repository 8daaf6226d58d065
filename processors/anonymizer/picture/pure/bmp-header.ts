// Reads a BMP's headers and says how its pixels are stored, or why it is refused. Bounded by the file's own length.
// Microsoft, BITMAPCOREHEADER to BITMAPV5HEADER; OS/2 2.0 headers as far as they agree.

export interface BmpMask {
  readonly shift: number
  /** Greatest value of the masked bits; 0 where the file has no such channel. */
  readonly most: number
}
export interface BmpLayout {
  readonly width: number
  readonly height: number
  /** True where the first row of the file is the top row. */
  readonly topDown: boolean
  readonly bits: 1 | 2 | 4 | 8 | 16 | 24 | 32
  readonly packing: 'plain' | 'rle4' | 'rle8'
  /** Red, green, blue per entry; empty where the pixels are colours themselves. */
  readonly palette: Uint8Array
  /** Red, green, blue, alpha; undefined for 24 bits and palettes. */
  readonly masks: readonly [BmpMask, BmpMask, BmpMask, BmpMask] | undefined
  readonly pixelsAt: number
}
export type BmpVerdict =
  | { readonly verdict: 'layout'; readonly layout: BmpLayout }
  | {
      readonly verdict: 'refused'
      readonly code: 'MEDIA_UNREADABLE' | 'MEDIA_TRUNCATED'
      readonly detail: string
    }

const FILE_HEADER = 14
const CORE_HEADER = 12
const HEADER_SIZES = new Set([12, 16, 40, 52, 56, 64, 108, 124])
const DEPTHS: readonly number[] = [1, 2, 4, 8, 16, 24, 32]
const RGB = 0
const RLE8 = 1
const RLE4 = 2
const BITFIELDS = 3
const ALPHA_BITFIELDS = 6

export function readBmpHeader(bytes: Uint8Array): BmpVerdict {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < FILE_HEADER + CORE_HEADER) return refused('The header is cut off.', 'MEDIA_TRUNCATED')
  const headerSize = view.getUint32(FILE_HEADER, true)
  if (!HEADER_SIZES.has(headerSize)) return refused('The header has no known size.')
  if (bytes.length < FILE_HEADER + headerSize) return refused('The header is cut off.', 'MEDIA_TRUNCATED')
  const core = headerSize === CORE_HEADER
  const field = (at: number): number => (at + 4 <= headerSize ? view.getUint32(FILE_HEADER + at, true) : 0)
  const width = core ? view.getUint16(18, true) : view.getInt32(18, true)
  const signedHeight = core ? view.getUint16(20, true) : view.getInt32(22, true)
  const bits = view.getUint16(core ? 24 : 28, true)
  const compression = core ? RGB : field(16)
  const height = Math.abs(signedHeight)
  if (width < 1 || height < 1) return refused('The picture has no pixels.')
  if (!isDepth(bits)) return refused(`A depth of ${bits} bits is not one of a BMP.`)
  const nonsense = nonsenseIn(view, bytes.length, core)
  if (nonsense) return nonsense
  const packing = packingOf(compression, bits)
  if (!packing) return refused('The pixels are packed in a way that is not supported.')
  if (packing !== 'plain' && signedHeight < 0) return refused('A packed picture cannot be stored top down.')
  const masks = masksOf(view, { headerSize, bits, compression })
  if (masks === 'bad') return refused('The colour masks are not contiguous, overlap or are cut off.')
  const pixelsAt = view.getUint32(10, true)
  const layout = {
    width,
    height,
    topDown: signedHeight < 0,
    bits,
    packing,
    palette:
      bits <= 8 ? paletteOf(bytes, { headerSize, bits, used: field(32), pixelsAt }) : new Uint8Array(0),
    masks,
    pixelsAt,
  }
  if (pixelsAt >= bytes.length || pixelsAt < FILE_HEADER + headerSize)
    return refused('The pixels lie outside the file.', 'MEDIA_TRUNCATED')
  return { verdict: 'layout', layout }
}

const refused = (
  detail: string,
  code: 'MEDIA_UNREADABLE' | 'MEDIA_TRUNCATED' = 'MEDIA_UNREADABLE',
): BmpVerdict => ({ verdict: 'refused', code, detail })

/** Pixels per metre: a microscope's picture has a hundredth of it. */
const MOST_DENSITY = 10_000_000

/** A header that contradicts its own file is not trusted with the rest. */
function nonsenseIn(view: DataView, fileBytes: number, core: boolean): BmpVerdict | undefined {
  if (view.getUint32(2, true) > fileBytes)
    return refused('The file is shorter than it says.', 'MEDIA_TRUNCATED')
  if (view.getUint16(core ? 22 : 26, true) > 1) return refused('A BMP has one plane.')
  const dense = !core && view.byteLength >= 46 && Math.max(view.getInt32(38, true), view.getInt32(42, true))
  return dense && dense > MOST_DENSITY ? refused('The density is no sensible number.') : undefined
}

const isDepth = (bits: number): bits is BmpLayout['bits'] => DEPTHS.includes(bits)

function packingOf(compression: number, bits: number): BmpLayout['packing'] | undefined {
  if (compression === RLE8 && bits === 8) return 'rle8'
  if (compression === RLE4 && bits === 4) return 'rle4'
  if (compression === RGB) return 'plain'
  const masked = compression === BITFIELDS || compression === ALPHA_BITFIELDS
  return masked && (bits === 16 || bits === 32) ? 'plain' : undefined
}

interface MaskPlace {
  readonly headerSize: number
  readonly bits: number
  readonly compression: number
}

function masksOf(view: DataView, { headerSize, bits, compression }: MaskPlace): BmpLayout['masks'] | 'bad' {
  if (bits !== 16 && bits !== 32) return undefined
  const none: BmpMask = { shift: 0, most: 0 }
  if (compression === RGB) {
    const step = bits === 16 ? 5 : 8
    const at = (i: number): BmpMask => ({ shift: step * i, most: 2 ** step - 1 })
    return [at(2), at(1), at(0), none]
  }
  const count = compression === ALPHA_BITFIELDS || headerSize >= 56 ? 4 : 3
  const start = FILE_HEADER + 40
  if (view.byteLength < start + count * 4) return 'bad'
  const raw = Array.from({ length: count }, (_, i) => view.getUint32(start + i * 4, true))
  const overlap = raw.some((mask, i) => raw.some((other, j) => i < j && (mask & other) !== 0))
  const [red, green, blue, alpha = none] = raw.map(maskOf)
  if (overlap || !red?.most || !green?.most || !blue?.most || !alpha) return 'bad'
  return [red, green, blue, alpha]
}

function maskOf(mask: number): BmpMask | undefined {
  if (mask === 0) return { shift: 0, most: 0 }
  const shift = 31 - Math.clz32(mask & -mask)
  const most = mask >>> shift
  return (most & (most + 1)) === 0 || most === 0xffffffff ? { shift, most } : undefined
}

interface PalettePlace {
  readonly headerSize: number
  readonly bits: number
  readonly used: number
  readonly pixelsAt: number
}

/** As many entries as the file holds and the depth can name; entries that are missing are black. */
function paletteOf(bytes: Uint8Array, { headerSize, bits, used, pixelsAt }: PalettePlace): Uint8Array {
  const entryBytes = headerSize === CORE_HEADER ? 3 : 4
  const start = FILE_HEADER + headerSize
  const room = Math.floor((Math.min(pixelsAt, bytes.length) - start) / entryBytes)
  const count = Math.max(0, Math.min(used || 2 ** bits, 2 ** bits, room))
  const palette = new Uint8Array(2 ** bits * 3)
  for (let i = 0; i < count; i++) {
    for (let c = 0; c < 3; c++) palette[i * 3 + c] = bytes[start + i * entryBytes + 2 - c] ?? 0
  }
  return palette
}
