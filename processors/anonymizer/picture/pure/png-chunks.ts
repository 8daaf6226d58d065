// Reads and extends a PNG's chunk list: what its colours mean, whether it is animated. PNG specification, third edition.
import { crc32 } from './crc32.ts'

export interface PngChunk {
  readonly type: string
  readonly data: Uint8Array
}

const SIGNATURE_BYTES = 8
/** Chunks that say what the colours mean, with their only allowed length: no room for anything else. */
const COLOUR_CHUNKS = new Map([
  ['gAMA', 4],
  ['cHRM', 32],
  ['sRGB', 1],
  ['cICP', 4],
])

/** The chunks before the pixels. */
export function pngHeaderChunks(bytes: Uint8Array): readonly PngChunk[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const chunks: PngChunk[] = []
  let at = SIGNATURE_BYTES
  while (at + 12 <= bytes.length) {
    const length = view.getUint32(at)
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8))
    if (type === 'IDAT' || at + 12 + length > bytes.length) break
    chunks.push({ type, data: bytes.subarray(at + 8, at + 8 + length) })
    at += 12 + length
  }
  return chunks
}

/** True for an APNG of more than one frame (acTL: number of frames, number of plays). */
export function isAnimatedPng(chunks: readonly PngChunk[]): boolean {
  const control = chunks.find((chunk) => chunk.type === 'acTL')?.data
  return (
    control !== undefined &&
    control.length >= 4 &&
    new DataView(control.buffer, control.byteOffset).getUint32(0) > 1
  )
}

export const colourChunks = (chunks: readonly PngChunk[]): readonly PngChunk[] =>
  chunks.filter(({ type, data }) => COLOUR_CHUNKS.get(type) === data.length)

/** The PNG with chunks put in right behind its header (IHDR). */
export function withPngChunks(png: Uint8Array, added: readonly PngChunk[]): Uint8Array {
  const header = SIGNATURE_BYTES + 12 + 13
  const total = added.reduce((sum, chunk) => sum + 12 + chunk.data.length, png.length)
  const result = new Uint8Array(total)
  const view = new DataView(result.buffer)
  result.set(png.subarray(0, header))
  let at = header
  for (const { type, data } of added) {
    view.setUint32(at, data.length)
    for (let i = 0; i < 4; i++) result[at + 4 + i] = type.charCodeAt(i)
    result.set(data, at + 8)
    view.setUint32(at + 8 + data.length, crc32(result.subarray(at + 4, at + 8 + data.length)))
    at += 12 + data.length
  }
  result.set(png.subarray(header), at)
  return result
}
