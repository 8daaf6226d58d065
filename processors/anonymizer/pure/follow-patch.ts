// Follows what a detector found once through frames where it finds nothing: as long as it looks the same from frame to frame.
import type { Box } from '#schemas/detection-document.ts'
import { bestPlace, cutPatch, type GreyPicture, type Patch, type PatchPose } from './patch-match.ts'

/** From frame to frame it looks so much the same; over all frames it is still like what was found. */
const LEAST_LIKENESS = 0.7
const LEAST_LIKENESS_TO_FOUND = 0.4
/** What it looked like is renewed only where it has changed: each time moves it by a part of a pixel. */
const RENEWED_BELOW = 0.85
/** It moves no further from where it is expected than a part of its longer side, and so many pixels; less once its speed is known. */
const FARTHEST = { part: 0.6, partOnceKnown: 0.25, pixels: 3 }

/** An object grows or shrinks by no more than about this from frame to frame. */
const SCALES = [0.98, 1, 1.02]

/**
 * Boxes in the frames that `pictures` gives one after another, from the one next to the find on, forward or backward in
 * time; ends where it is not seen any more. `speed`: pixels a frame on the way.
 */
export function followPatch(
  found: { readonly picture: GreyPicture; readonly box: Box; readonly speed: readonly [number, number] },
  pictures: Iterable<GreyPicture>,
): readonly Box[] {
  const first = cutPatch(found.picture, found.box)
  if (!first) return []
  const side = Math.max(widthOf(found.box), found.box[3] - found.box[1])
  let radius = FARTHEST.part * side + FARTHEST.pixels
  const boxes: Box[] = []
  let recent: { readonly patch: Patch; readonly width: number } = { patch: first, width: widthOf(found.box) }
  let box = found.box
  let [vx, vy] = found.speed
  for (const picture of pictures) {
    const expected = moved(box, Math.round(vx), Math.round(vy))
    const place = bestPlace(recent.patch, picture, poseOf(expected, recent.width), radius)
    const there = moved(expected, place.dx, place.dy)
    const { sized, likeness } = bestSize(there, first, widthOf(found.box), picture)
    if (place.likeness < LEAST_LIKENESS || likeness < LEAST_LIKENESS_TO_FOUND) break
    ;[vx, vy] = [sized[0] - box[0], sized[1] - box[1]]
    box = sized
    boxes.push(box)
    radius = FARTHEST.partOnceKnown * side + FARTHEST.pixels
    if (place.likeness >= RENEWED_BELOW) continue
    const patch = cutPatch(picture, box)
    if (patch) recent = { patch, width: widthOf(box) }
  }
  return boxes
}

const widthOf = (box: Box): number => box[2] - box[0]

const poseOf = (box: Box, ownWidth: number): PatchPose => ({
  left: box[0],
  top: box[1],
  scale: widthOf(box) / ownWidth,
})

/** The box as it is, or a little smaller or larger, and a pixel or two beside: whichever is most like what was found. */
function bestSize(
  box: Box,
  first: Patch,
  firstWidth: number,
  picture: GreyPicture,
): { readonly sized: Box; readonly likeness: number } {
  const sizes = SCALES.map((scale) => {
    const [x, y] = [((scale - 1) * (box[2] - box[0])) / 2, ((scale - 1) * (box[3] - box[1])) / 2]
    const sized: Box = [box[0] - x, box[1] - y, box[2] + x, box[3] + y]
    const { dx, dy, likeness } = bestPlace(first, picture, poseOf(sized, firstWidth), 1)
    return { sized: moved(sized, dx, dy), likeness }
  })
  return sizes.reduce((best, size) => (size.likeness > best.likeness ? size : best))
}

const moved = ([x1, y1, x2, y2]: Box, x: number, y: number): Box => [x1 + x, y1 + y, x2 + x, y2 + y]
