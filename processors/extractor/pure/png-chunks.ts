// Judges a PNG by its chunk list: damaged, cut short, animated, or a still of a known size.
// PNG Specification (Third Edition), sections 5.3 and 11.2.1.
import { type Refusal, refusal } from './refusal.ts'

/** One chunk as the reader met it; `data` holds the first bytes of IHDR and acTL and is empty otherwise. */
export interface PngChunk {
  readonly type: string
  readonly length: number
  readonly data: Uint8Array
  /** Whether the file holds the whole chunk. */
  readonly whole: boolean
}

export type PngVerdict =
  | { readonly verdict: 'read'; readonly width: number; readonly height: number }
  | ({ readonly verdict: 'refused' } & Refusal)

/** Bit depths that each colour type allows. */
const DEPTHS: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
}

function header(chunk: PngChunk | undefined): PngVerdict {
  if (chunk?.type !== 'IHDR' || chunk.length !== 13 || chunk.data.length < 13)
    return refusal('MEDIA_UNREADABLE', 'The PNG does not begin with its header.')
  const view = new DataView(chunk.data.buffer, chunk.data.byteOffset)
  const width = view.getUint32(0)
  const height = view.getUint32(4)
  if (width === 0 || height === 0) return refusal('MEDIA_UNREADABLE', 'The PNG has no pixels.')
  if (!DEPTHS[view.getUint8(9)]?.includes(view.getUint8(8)))
    return refusal('MEDIA_UNREADABLE', 'The PNG has a colour type or depth that does not exist.')
  return { verdict: 'read', width, height }
}

function frameCount(chunks: readonly PngChunk[]): number {
  const control = chunks.find(({ type }) => type === 'acTL')
  if (!control || control.data.length < 4) return 1
  return new DataView(control.data.buffer, control.data.byteOffset).getUint32(0)
}

/** Chunks up to IEND or the end of the file; IDAT chunks beyond the first may be left out. */
export function judgePng(chunks: readonly PngChunk[]): PngVerdict {
  const size = header(chunks[0])
  if (size.verdict === 'refused') return size
  if (frameCount(chunks) > 1)
    return refusal('MEDIA_ANIMATED', 'The PNG holds several frames; hand it in as a film.')
  if (!chunks.some(({ type }) => type === 'IDAT'))
    return refusal('MEDIA_UNREADABLE', 'The PNG holds no picture data.')
  if (chunks.at(-1)?.type !== 'IEND' || chunks.some(({ whole }) => !whole))
    return refusal('MEDIA_TRUNCATED', 'The PNG ends before its end mark.')
  return size
}
