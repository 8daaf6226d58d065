// Draws two pictures side by side, before and after, so that a person sees at a glance what was hidden.
import { writeFile } from 'node:fs/promises'
import sharp, { type OverlayOptions } from 'sharp'

const GAP = 12
const CAPTION = 34
const BACKGROUND = '#1c1e21'

export interface SheetCell {
  /** Encoded picture bytes, or raw RGB when a size is given. */
  readonly data: Uint8Array
  readonly raw?: { readonly width: number; readonly height: number }
}

const caption = (text: string, width: number): Buffer =>
  Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${CAPTION}"><text x="4" y="23" fill="#e8eaed" font-family="DejaVu Sans, Helvetica, sans-serif" font-size="18">${text}</text></svg>`,
  )

async function cellPixels(
  cell: SheetCell,
  width: number,
): Promise<{ data: Buffer; width: number; height: number }> {
  const input =
    cell.raw === undefined
      ? sharp(cell.data, { failOn: 'none' }).autoOrient()
      : sharp(cell.data, { raw: { ...cell.raw, channels: 3 } })
  const { data, info } = await input
    .flatten({ background: BACKGROUND })
    .resize({ width })
    .png({ compressionLevel: 1 })
    .toBuffer({ resolveWithObject: true })
  return { data, width: info.width, height: info.height }
}

/**
 * Writes a JPEG with a row per pair: the original on the left, the result on the right.
 * `cellWidth` is in pixels; heights follow the pictures.
 */
export async function writeSheet(
  path: string,
  rows: readonly (readonly [SheetCell, SheetCell])[],
  cellWidth: number,
): Promise<void> {
  const width = cellWidth * 2 + GAP * 3
  const layers: OverlayOptions[] = [
    { input: caption('before', cellWidth), left: GAP, top: 0 },
    { input: caption('after', cellWidth), left: cellWidth + GAP * 2, top: 0 },
  ]
  let top = CAPTION
  for (const pair of rows) {
    const [before, after] = await Promise.all(pair.map((cell) => cellPixels(cell, cellWidth)))
    if (before === undefined || after === undefined) continue
    layers.push({ input: before.data, left: GAP, top }, { input: after.data, left: cellWidth + GAP * 2, top })
    top += Math.max(before.height, after.height) + GAP
  }
  const sheet = await sharp({ create: { width, height: top, channels: 3, background: BACKGROUND } })
    .composite(layers)
    .jpeg({ quality: 88 })
    .toBuffer()
  await writeFile(path, sheet)
}
