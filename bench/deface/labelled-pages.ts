// Puts labelled pictures side by side on pages of a camera's size: many small faces in a large picture, with known boxes.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import type { Box } from '#schemas/detection-document.ts'
import type { LabelledPicture } from '../recall/labelled-sets.ts'

export interface PageSize {
  readonly width: number
  readonly height: number
}

const GREY = '#556066'
const QUALITY = 92

/**
 * Writes up to `count` JPEG pages, each filled row by row with the pictures at their own size. A picture that does not
 * fit a page's rest goes to the next.
 */
export async function writePages(
  pictures: readonly LabelledPicture[],
  size: PageSize,
  { folder, count }: { readonly folder: string; readonly count: number },
): Promise<readonly LabelledPicture[]> {
  const pages: LabelledPicture[] = []
  let left = pictures
  while (pages.length < count && left.length > 0) {
    const page = await fillPage(left, size)
    if (page.placed.length === 0) break
    left = left.slice(page.placed.length)
    const name = `page-${String(pages.length).padStart(3, '0')}.jpg`
    const path = join(folder, name)
    await writeFile(path, page.bytes)
    pages.push({ name, path, truth: page.placed.flatMap((each) => each.truth) })
  }
  return pages
}

interface Placed {
  readonly left: number
  readonly top: number
  readonly input: Buffer
  readonly truth: readonly { readonly box: Box }[]
}

async function fillPage(
  pictures: readonly LabelledPicture[],
  size: PageSize,
): Promise<{ readonly bytes: Uint8Array; readonly placed: readonly Placed[] }> {
  const placed: Placed[] = []
  let [x, y, rowHeight] = [0, 0, 0]
  for (const picture of pictures) {
    const input = await readFile(picture.path)
    const { width, height } = await sharp(input).metadata()
    if (x + width > size.width) [x, y, rowHeight] = [0, y + rowHeight, 0]
    if (x + width > size.width || y + height > size.height) break
    placed.push({
      left: x,
      top: y,
      input,
      truth: picture.truth.map(({ box }) => ({ box: moved(box, x, y) })),
    })
    x += width
    rowHeight = Math.max(rowHeight, height)
  }
  const bytes = await sharp({ create: { ...size, channels: 3, background: GREY } })
    .composite(placed.map(({ left, top, input }) => ({ left, top, input })))
    .jpeg({ quality: QUALITY })
    .toBuffer()
  return { bytes, placed }
}

const moved = ([x1, y1, x2, y2]: Box, x: number, y: number): Box => [x1 + x, y1 + y, x2 + x, y2 + y]
