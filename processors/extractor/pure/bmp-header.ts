// Reads the header of a Windows or OS/2 bitmap and refuses what no decoder of ours reads.
// Layout: "Bitmap Storage", Microsoft; variants as in Jason Summers' bmpsuite.
import { int32le, uint16le, uint32le } from './byte-view.ts'
import { type Refusal, refusal } from './refusal.ts'

export type BmpHeader =
  | { readonly verdict: 'read'; readonly width: number; readonly height: number }
  | ({ readonly verdict: 'refused' } & Refusal)

/** A file header of 14 bytes and the largest info header (version 5). */
export const BMP_HEADER_BYTES = 14 + 124

const BI_RGB = 0
const BI_RLE8 = 1
const BI_RLE4 = 2
const BI_BITFIELDS = 3
const BI_ALPHABITFIELDS = 6
/** Dots a metre; a microscope’s picture has a hundredth of it. */
const ABSURD_DENSITY = 10_000_000
/** Where the masks of red, green and blue lie, whatever the header's version. */
const MASKS_AT = [54, 58, 62]
/** Core, OS/2 2.x, Windows 3, with masks, version 4 and 5. */
const HEADER_SIZES = [12, 40, 52, 56, 64, 108, 124]
const DEPTHS: Readonly<Record<number, readonly number[]>> = {
  [BI_RGB]: [1, 2, 4, 8, 16, 24, 32],
  [BI_RLE8]: [8],
  [BI_RLE4]: [4],
  [BI_BITFIELDS]: [16, 32],
  [BI_ALPHABITFIELDS]: [16, 32],
}

interface Fields {
  readonly width: number
  readonly height: number
  readonly planes: number
  readonly depth: number
  readonly compression: number
  readonly pixelsAt: number
}

function fields(head: Uint8Array, headerSize: number): Fields | undefined {
  const core = headerSize === 12
  const width = core ? uint16le(head, 18) : int32le(head, 18)
  const height = core ? uint16le(head, 20) : int32le(head, 22)
  const planes = uint16le(head, core ? 22 : 26)
  const depth = uint16le(head, core ? 24 : 28)
  const compression = core ? BI_RGB : uint32le(head, 30)
  const pixelsAt = uint32le(head, 10)
  if (width === undefined || height === undefined || planes === undefined) return undefined
  if (depth === undefined || compression === undefined || pixelsAt === undefined) return undefined
  return { width, height, planes, depth, compression, pixelsAt }
}

function masksAgree(head: Uint8Array): boolean {
  const [red = 0, green = 0, blue = 0] = MASKS_AT.map((at) => uint32le(head, at) ?? 0)
  const apart = (red & green) === 0 && (red & blue) === 0 && (green & blue) === 0
  return red !== 0 && green !== 0 && blue !== 0 && apart
}

function isAbsurd(head: Uint8Array, headerSize: number): boolean {
  return headerSize >= 40 && [38, 42].some((at) => Math.abs(int32le(head, at) ?? 0) > ABSURD_DENSITY)
}

const damaged = (detail: string): BmpHeader => refusal('MEDIA_UNREADABLE', detail)

function mistakeIn(head: Uint8Array, headerSize: number, read: Fields): string | undefined {
  if (read.width <= 0 || read.height === 0) return 'The bitmap has no pixels.'
  if (read.planes > 1) return 'The bitmap has more than one plane.'
  if (isAbsurd(head, headerSize)) return 'The bitmap has an absurd resolution.'
  if (!DEPTHS[read.compression]?.includes(read.depth))
    return 'The bitmap uses a depth or compression that is not supported.'
  const packed = read.compression === BI_RLE8 || read.compression === BI_RLE4
  if (packed && read.height < 0) return 'The bitmap is packed and stored top down, which does not exist.'
  const masked = read.compression === BI_BITFIELDS || read.compression === BI_ALPHABITFIELDS
  return masked && !masksAgree(head) ? 'The bitmap’s colour masks are missing or overlap.' : undefined
}

/**
 * @param head the first `BMP_HEADER_BYTES` of the file, fewer where it is shorter
 * @param fileBytes size of the whole file
 */
export function readBmpHeader(head: Uint8Array, fileBytes: number): BmpHeader {
  const headerSize = uint32le(head, 14)
  if (headerSize === undefined) return refusal('MEDIA_TRUNCATED', 'The bitmap ends inside its header.')
  if (!HEADER_SIZES.includes(headerSize)) return damaged('The bitmap has a header of an unknown kind.')
  const read = fields(head, headerSize)
  if (!read) return refusal('MEDIA_TRUNCATED', 'The bitmap ends inside its header.')
  // A negative height says that the first row is the top one.
  const height = Math.abs(read.height)
  const mistake = mistakeIn(head, headerSize, read)
  if (mistake !== undefined) return damaged(mistake)
  if (read.pixelsAt < 14 + headerSize || read.pixelsAt >= fileBytes)
    return damaged('The bitmap’s pixels lie outside of the file.')
  if ((uint32le(head, 2) ?? 0) > fileBytes)
    return refusal('MEDIA_TRUNCATED', 'The bitmap is shorter than it says.')
  const compressed = read.compression === BI_RLE8 || read.compression === BI_RLE4
  const rowBytes = Math.ceil((read.width * read.depth) / 32) * 4
  if (
    !compressed &&
    read.pixelsAt + rowBytes * (height - 1) + Math.ceil((read.width * read.depth) / 8) > fileBytes
  )
    return refusal('MEDIA_TRUNCATED', 'The bitmap ends before its last row.')
  return { verdict: 'read', width: read.width, height }
}
