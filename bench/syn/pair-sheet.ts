// Lays pairs of an original and its result beside each other on sheets that a person can look at.
import { join } from 'node:path'
import sharp, { type OverlayOptions } from 'sharp'
import type { Box } from '#schemas/detection-document.ts'
import type { Rgb } from '../privacy/face-witness.ts'

/** PNG bytes of two pictures of one size. */
export interface Pair {
  readonly original: Buffer
  readonly result: Buffer
}
export interface Tile {
  readonly width: number
  readonly height: number
}

const GAP = 6

/** The same part of both pictures, as large as fits into the tile. */
export async function pairOf(was: Rgb, now: Rgb, part: Box, tile: Tile): Promise<Pair> {
  return { original: await cut(was, part, tile), result: await cut(now, part, tile) }
}

async function cut({ data, width, height }: Rgb, [x1, y1, x2, y2]: Box, tile: Tile): Promise<Buffer> {
  const left = Math.min(width - 1, Math.max(0, Math.floor(x1)))
  const top = Math.min(height - 1, Math.max(0, Math.floor(y1)))
  return sharp(data, { raw: { width, height, channels: 3 } })
    .extract({
      left,
      top,
      width: Math.max(1, Math.min(width, Math.ceil(x2)) - left),
      height: Math.max(1, Math.min(height, Math.ceil(y2)) - top),
    })
    .resize(tile.width, tile.height, { fit: 'contain', background: '#202020', kernel: 'cubic' })
    .png()
    .toBuffer()
}

/** Writes `NAME-1.png`, `NAME-2.png` and so on: each original with its result at its right. Returns how many. */
export async function writePairs(
  folder: string,
  name: string,
  pairs: readonly Pair[],
  { tile, across, down }: { readonly tile: Tile; readonly across: number; readonly down: number },
): Promise<number> {
  const each = across * down
  const sheets = Math.ceil(pairs.length / each)
  for (let s = 0; s < sheets; s++) {
    const parts = pairs.slice(s * each, (s + 1) * each).flatMap(({ original, result }, i) => {
      const left = (i % across) * (2 * tile.width + 2 * GAP)
      const top = Math.floor(i / across) * (tile.height + GAP)
      return [
        { input: original, left, top },
        { input: result, left: left + tile.width + 1, top },
      ]
    })
    await writeSheet(join(folder, `${name}-${s + 1}.png`), parts, {
      width: across * (2 * tile.width + 2 * GAP),
      height: down * (tile.height + GAP),
    })
  }
  return sheets
}

/** Writes originals in a row, and the results in a row below them. */
export async function writeRows(path: string, pairs: readonly Pair[], tile: Tile): Promise<void> {
  const parts = pairs.flatMap(({ original, result }, i) => [
    { input: original, left: i * (tile.width + 1), top: 0 },
    { input: result, left: i * (tile.width + 1), top: tile.height + 1 },
  ])
  await writeSheet(path, parts, { width: pairs.length * (tile.width + 1), height: 2 * tile.height + 1 })
}

async function writeSheet(path: string, parts: OverlayOptions[], size: Tile): Promise<void> {
  await sharp({ create: { ...size, channels: 3, background: '#202020' } })
    .composite(parts)
    .png()
    .toFile(path)
}

/** A square around a box, `times` as large as its longer side. */
export function squareAround([x1, y1, x2, y2]: Box, times: number): Box {
  const half = (Math.max(x2 - x1, y2 - y1) * times) / 2
  const [cx, cy] = [(x1 + x2) / 2, (y1 + y2) / 2]
  return [cx - half, cy - half, cx + half, cy + half]
}
