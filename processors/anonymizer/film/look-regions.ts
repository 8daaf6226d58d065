// Looks at parts of a frame instead of all of it, at the very scale of the whole look: what a detector sees there is the same.
import type { Frame } from 'node-av/lib'
import type { Box } from '#schemas/detection-document.ts'
import type { RawDetection, RgbPicture } from '../detect/detector.ts'
import { sharedArea } from '../pure/box-overlap.ts'
import type { LookPictures } from './look-picture.ts'

/** Sides of a part are multiples of what every model takes, and no smaller than what gives it something to go by. */
const SIDE_MULTIPLE = 32
const LEAST_SIDE = 128
/** Where the parts add up to more of the picture than this, all of it is looked at once. */
const MOST_OF_WHOLE = 0.6

/** Finds in the pixels of the whole look, without those that a part's own side cuts. Regions in displayed pixels. */
export async function findInRegions(
  pictures: LookPictures,
  { frame, index }: { readonly frame: Frame; readonly index: number },
  regions: readonly Box[],
  detect: (picture: RgbPicture) => Promise<readonly RawDetection[]>,
): Promise<readonly RawDetection[]> {
  const whole = pictures.look(frame, index)
  const scaled = regions.map((box): Box => {
    const [x1, y1, x2, y2] = box
    return [x1 / pictures.scaleX, y1 / pictures.scaleY, x2 / pictures.scaleX, y2 / pictures.scaleY]
  })
  const parts = joinedParts(scaled, whole)
  const area = parts.reduce((sum, part) => sum + sharedArea(part, part), 0)
  if (area > MOST_OF_WHOLE * whole.width * whole.height) return detect(whole)
  const finds: RawDetection[] = []
  for (const part of parts) {
    const inPart = await detect(cutPart(whole, part))
    finds.push(...inPart.map((find) => moved(find, part)).filter(({ box }) => !isCut(box, part, whole)))
  }
  return finds
}

/** Boxes brought to whole multiples inside the picture; those that touch become one. */
function joinedParts(boxes: readonly Box[], whole: RgbPicture): readonly Box[] {
  const joined: Box[] = []
  const queue = boxes.map((box) => fitted(box, whole))
  for (let box = queue.pop(); box; box = queue.pop()) {
    const one: Box = box
    const other = joined.findIndex((each) => sharedArea(each, one) > 0)
    const [known] = other < 0 ? [] : joined.splice(other, 1)
    if (!known) joined.push(one)
    else
      queue.push(
        fitted(
          [
            Math.min(one[0], known[0]),
            Math.min(one[1], known[1]),
            Math.max(one[2], known[2]),
            Math.max(one[3], known[3]),
          ],
          whole,
        ),
      )
  }
  return joined
}

/** The picture's own sides are multiples already. */
function fitted([x1, y1, x2, y2]: Box, { width, height }: RgbPicture): Box {
  const along = (from: number, to: number, size: number): readonly [number, number] => {
    const wanted = Math.max(LEAST_SIDE, Math.ceil((to - from) / SIDE_MULTIPLE) * SIDE_MULTIPLE)
    const side = Math.min(size, wanted)
    const start = Math.min(size - side, Math.max(0, Math.round((from + to - side) / 2)))
    return [start, start + side]
  }
  const [left, right] = along(x1, x2, width)
  const [top, bottom] = along(y1, y2, height)
  return [left, top, right, bottom]
}

function cutPart(whole: RgbPicture, [left, top, right, bottom]: Box): RgbPicture {
  const [width, height] = [right - left, bottom - top]
  const data = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * whole.width + left) * 3
    data.set(whole.data.subarray(from, from + width * 3), y * width * 3)
  }
  return { data, width, height }
}

function moved(find: RawDetection, [left, top]: Box): RawDetection {
  const [x1, y1, x2, y2] = find.box
  const box: Box = [x1 + left, y1 + top, x2 + left, y2 + top]
  if (!find.quad) return { ...find, box }
  const [a, b, c, d] = find.quad
  const corner = (p: readonly [number, number]): [number, number] => [p[0] + left, p[1] + top]
  return { ...find, box, quad: [corner(a), corner(b), corner(c), corner(d)] }
}

function isCut(box: Box, part: Box, { width, height }: RgbPicture): boolean {
  return (
    (part[0] > 0 && box[0] <= part[0]) ||
    (part[1] > 0 && box[1] <= part[1]) ||
    (part[2] < width && box[2] >= part[2]) ||
    (part[3] < height && box[3] >= part[3])
  )
}
