// Takes a few frames out of a film, evenly spread, as RGB pixels for a sheet.
import { Decoder, Demuxer } from 'node-av/api'
import { AV_PIX_FMT_RGB24 } from 'node-av/constants'
import type { SheetCell } from './picture-sheet.ts'

/**
 * `count` frames at the middle of equal parts of the film, each `width` pixels wide (even).
 * @throws when the film cannot be decoded.
 */
export function filmFrames(path: string, count: number, width: number): readonly SheetCell[] {
  const total = countFrames(path)
  const wanted = new Set(Array.from({ length: count }, (_, k) => Math.floor(((k + 0.5) * total) / count)))
  const cells: SheetCell[] = []
  using demuxer = Demuxer.openSync(path)
  const stream = demuxer.video()
  if (stream === undefined) return []
  const height = Math.round((stream.codecpar.height * width) / stream.codecpar.width / 2) * 2
  using decoder = Decoder.createSync(stream, { rescale: { width, height, pixelFormat: AV_PIX_FMT_RGB24 } })
  let index = 0
  for (const frame of decoder.framesSync(demuxer.packetsSync(stream.index))) {
    if (frame === null) continue
    using shown = frame
    if (wanted.has(index)) cells.push({ data: tight(shown, width, height), raw: { width, height } })
    index++
    if (cells.length === wanted.size) break
  }
  return cells
}

function countFrames(path: string): number {
  using demuxer = Demuxer.openSync(path)
  const stream = demuxer.video()
  let count = 0
  for (const packet of demuxer.packetsSync(stream?.index)) {
    packet?.free()
    count++
  }
  return Math.max(1, count)
}

/** Copies the picture out of a frame whose rows may be padded. */
function tight(
  frame: { data: Buffer[] | null; linesize: number[] },
  width: number,
  height: number,
): Uint8Array {
  const [plane] = frame.data ?? []
  const [stride = 0] = frame.linesize
  const pixels = new Uint8Array(width * height * 3)
  if (plane === undefined) return pixels
  for (let y = 0; y < height; y++)
    pixels.set(plane.subarray(y * stride, y * stride + width * 3), y * width * 3)
  return pixels
}
