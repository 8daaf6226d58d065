// Draws a sheet of picture cut-outs with boxes, for a person to look at.

import sharp from 'sharp'
import type { Box } from '#schemas/detection-document.ts'

export interface SheetEntry {
  /** Interleaved RGB, 8 bits. */
  readonly picture: { readonly data: Uint8Array; readonly width: number; readonly height: number }
  /** What of the picture is shown. */
  readonly region: Box
  readonly boxes: readonly { readonly box: Box; readonly colour: readonly [number, number, number] }[]
}

export const GREEN: readonly [number, number, number] = [0, 220, 0]
export const RED: readonly [number, number, number] = [255, 40, 40]

/** PNG bytes: cells of `cell` x `cell` pixels, `columns` a row. */
export async function contactSheet(
  entries: readonly SheetEntry[],
  { cell, columns }: { readonly cell: number; readonly columns: number },
): Promise<Uint8Array> {
  const rows = Math.max(1, Math.ceil(entries.length / columns))
  const width = columns * cell
  const sheet = new Uint8Array(width * rows * cell * 3).fill(24)
  for (const [i, entry] of entries.entries()) {
    const drawn = await drawCell(entry, cell - 2)
    const left = (i % columns) * cell
    const top = Math.floor(i / columns) * cell
    for (let y = 0; y < drawn.height; y++) {
      const row = drawn.data.subarray(y * drawn.width * 3, (y + 1) * drawn.width * 3)
      sheet.set(row, ((top + y) * width + left) * 3)
    }
  }
  return sharp(sheet, { raw: { width, height: rows * cell, channels: 3 } })
    .png()
    .toBuffer()
}

async function drawCell(
  { picture, region, boxes }: SheetEntry,
  size: number,
): Promise<{ data: Uint8Array; width: number; height: number }> {
  const left = Math.min(Math.max(0, Math.floor(region[0])), picture.width - 1)
  const top = Math.min(Math.max(0, Math.floor(region[1])), picture.height - 1)
  const width = Math.max(1, Math.min(picture.width, Math.ceil(region[2])) - left)
  const height = Math.max(1, Math.min(picture.height, Math.ceil(region[3])) - top)
  const scale = size / Math.max(width, height)
  const raw = { width: picture.width, height: picture.height, channels: 3 as const }
  const { data, info } = await sharp(picture.data, { raw })
    .extract({ left, top, width, height })
    .resize(Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)), { fit: 'fill' })
    .raw()
    .toBuffer({ resolveWithObject: true })
  const cell = { data, width: info.width, height: info.height }
  for (const { box, colour } of boxes) {
    const at = (value: number, from: number): number => Math.round((value - from) * scale)
    outline(cell, [at(box[0], left), at(box[1], top), at(box[2], left), at(box[3], top)], colour)
  }
  return cell
}

function outline(
  cell: { readonly data: Uint8Array; readonly width: number; readonly height: number },
  [x1, y1, x2, y2]: Box,
  colour: readonly [number, number, number],
): void {
  const put = (x: number, y: number): void => {
    if (x >= 0 && y >= 0 && x < cell.width && y < cell.height) cell.data.set(colour, (y * cell.width + x) * 3)
  }
  for (let x = x1; x <= x2; x++) {
    put(x, y1)
    put(x, y2)
  }
  for (let y = y1; y <= y2; y++) {
    put(x1, y)
    put(x2, y)
  }
}
