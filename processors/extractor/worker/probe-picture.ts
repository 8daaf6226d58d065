// Looks at the header of a picture: its displayed size, or why it cannot be processed. No pixel is decoded.
import type { FileHandle } from 'node:fs/promises'
import sharp from 'sharp'
import { BMP_HEADER_BYTES, readBmpHeader } from '../pure/bmp-header.ts'
import type { PictureType } from '../pure/media-types.ts'
import { judgePng, type PngChunk } from '../pure/png-chunks.ts'
import type { ProbeResult } from '../pure/probe-result.ts'
import { refusal } from '../pure/refusal.ts'
import { readAt } from './read-at.ts'

// Only these loaders: nothing else of libvips ever sees a file, whatever its name says.
sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({ operation: ['VipsForeignLoadJpegFile', 'VipsForeignLoadPngFile'] })
sharp.cache(false)
sharp.concurrency(1)

const PNG_SIGNATURE_BYTES = 8
/** Real files have some dozens; a file made of empty chunks must not be walked for ever. */
const MAX_PNG_CHUNKS = 100_000
const KEPT = new Set(['IHDR', 'acTL'])
/** EXIF orientations 5 to 8 turn the picture by a quarter. */
const FIRST_TURNED_ORIENTATION = 5

export interface PictureProbe {
  readonly file: FileHandle
  readonly path: string
  readonly bytes: number
  readonly type: PictureType
  readonly extension: string
  readonly maxPixels: number
}

async function pngChunks(file: FileHandle, bytes: number): Promise<readonly PngChunk[]> {
  const chunks: PngChunk[] = []
  let at = PNG_SIGNATURE_BYTES
  for (let count = 0; at < bytes && count < MAX_PNG_CHUNKS; count++) {
    const head = await readAt(file, at, 8 + 13)
    if (head.length < 8) break
    const length = head.readUInt32BE(0)
    const type = head.toString('latin1', 4, 8)
    const end = at + 8 + length + 4
    const data = KEPT.has(type) ? head.subarray(8, 8 + Math.min(length, 13)) : new Uint8Array()
    // A picture has thousands of IDAT chunks; the first and a broken one tell all there is to know.
    if (type !== 'IDAT' || chunks.at(-1)?.type !== 'IDAT' || end > bytes)
      chunks.push({ type, length, data, whole: end <= bytes })
    if (type === 'IEND') break
    at = end
  }
  return chunks
}

async function sizeBySharp(probe: PictureProbe): Promise<ProbeResult> {
  try {
    const facts = await sharp(probe.path, { limitInputPixels: false, failOn: 'error' }).metadata()
    const turned = (facts.orientation ?? 1) >= FIRST_TURNED_ORIENTATION
    const { width, height } = turned ? { width: facts.height, height: facts.width } : facts
    return { verdict: 'picture', extension: probe.extension, width, height }
  } catch {
    // What libvips says names files; that it cannot read the header is all a user needs.
    return refusal('MEDIA_UNREADABLE', 'The picture is damaged: its header cannot be read.')
  }
}

async function size(probe: PictureProbe): Promise<ProbeResult> {
  if (probe.type === 'bmp') {
    const read = readBmpHeader(await readAt(probe.file, 0, BMP_HEADER_BYTES), probe.bytes)
    return read.verdict === 'refused'
      ? read
      : { verdict: 'picture', extension: probe.extension, width: read.width, height: read.height }
  }
  if (probe.type === 'png') {
    const read = judgePng(await pngChunks(probe.file, probe.bytes))
    if (read.verdict === 'refused') return read
    if (read.width * read.height > probe.maxPixels) return tooLarge
  }
  return sizeBySharp(probe)
}

const tooLarge = refusal('MEDIA_TOO_LARGE', 'The picture has more pixels than allowed.')

/** Displayed size of a picture, or a refusal. */
export async function probePicture(probe: PictureProbe): Promise<ProbeResult> {
  const result = await size(probe)
  return result.verdict === 'picture' && result.width * result.height > probe.maxPixels ? tooLarge : result
}
