// Finds again in a grey picture what was cut out of another: by normalised cross-correlation (Lewis, 1995, "Fast normalized cross-correlation").
import type { Box } from '#schemas/detection-document.ts'

/** Rows of 8-bit grey samples, `stride` bytes apart. */
export interface GreyPicture {
  readonly data: Uint8Array
  readonly width: number
  readonly height: number
  readonly stride: number
}

/**
 * How grey changes across and down on a grid of places in a box, length 1 over those inside the picture; `inside` tells
 * which those are. Changes, not levels: a shadow's smooth slope is like any other.
 */
export interface Patch {
  readonly columns: number
  readonly rows: number
  /** Pixels between two places. */
  readonly step: number
  /** Two for each place. */
  readonly changes: Float32Array
  readonly inside: Uint8Array
}

export interface PatchPlace {
  /** Pixels from where the patch was expected. */
  readonly dx: number
  readonly dy: number
  /** Correlation, -1..1. */
  readonly likeness: number
}

/** Places along the longer side. */
const MOST_PLACES = 20
const LEAST_PLACES = 4
/** Where grey changes by less than this, in levels (root of the mean square), a patch looks like any other. */
const LEAST_CHANGE = 2
/** Where less of the patch lies inside a picture, nothing is said of it. */
const LEAST_INSIDE = 0.4

/** The box of the picture; undefined where it is too small, too flat, or mostly outside. */
export function cutPatch(picture: GreyPicture, box: Box): Patch | undefined {
  const [width, height] = [box[2] - box[0], box[3] - box[1]]
  const step = Math.max(1, Math.max(width, height) / MOST_PLACES)
  const [columns, rows] = [Math.floor(width / step), Math.floor(height / step)]
  if (columns < LEAST_PLACES || rows < LEAST_PLACES) return undefined
  const changes = new Float32Array(columns * rows * 2)
  const inside = new Uint8Array(columns * rows)
  const reach = Math.max(1, Math.round(step / 2))
  let [count, squares] = [0, 0]
  for (let row = 0, i = 0; row < rows; row++)
    for (let column = 0; column < columns; column++, i++) {
      const at = placeIn(picture, box[0] + (column + 0.5) * step, box[1] + (row + 0.5) * step, reach)
      if (at < 0) continue
      const [across, down] = [changeAcross(picture, at, reach), changeDown(picture, at, reach)]
      inside[i] = 1
      changes[2 * i] = across
      changes[2 * i + 1] = down
      count++
      squares += across * across + down * down
    }
  if (count < LEAST_INSIDE * inside.length || squares < count * LEAST_CHANGE ** 2) return undefined
  const length = Math.sqrt(squares)
  for (let i = 0; i < changes.length; i++) changes[i] = (changes[i] ?? 0) / length
  return { columns, rows, step, changes, inside }
}

/** Index of the pixel; -1 where it or its neighbours lie outside. */
function placeIn({ width, height, stride }: GreyPicture, x: number, y: number, reach: number): number {
  const [column, row] = [Math.floor(x), Math.floor(y)]
  if (column < reach || row < reach || column >= width - reach || row >= height - reach) return -1
  return row * stride + column
}

const changeAcross = ({ data }: GreyPicture, at: number, reach: number): number =>
  (data[at + reach] ?? 0) - (data[at - reach] ?? 0)

const changeDown = ({ data, stride }: GreyPicture, at: number, reach: number): number =>
  (data[at + reach * stride] ?? 0) - (data[at - reach * stride] ?? 0)

/** Where a patch is compared: its top left, in pixels, and how much larger than it was it is taken to be. */
export interface PatchPose {
  readonly left: number
  readonly top: number
  readonly scale: number
}

/** How alike the patch is to what lies in the picture in this pose; 0 where that is flat or mostly outside. */
export function likenessAt(patch: Patch, picture: GreyPicture, { left, top, scale }: PatchPose): number {
  const { columns, rows, changes, inside } = patch
  const step = patch.step * scale
  const reach = Math.max(1, Math.round(patch.step / 2))
  let [count, squares, product, own] = [0, 0, 0, 0]
  for (let row = 0, i = 0; row < rows; row++)
    for (let column = 0; column < columns; column++, i++) {
      if (!inside[i]) continue
      const at = placeIn(picture, left + (column + 0.5) * step, top + (row + 0.5) * step, reach)
      if (at < 0) continue
      const [across, down] = [changeAcross(picture, at, reach), changeDown(picture, at, reach)]
      const [ownAcross, ownDown] = [changes[2 * i] ?? 0, changes[2 * i + 1] ?? 0]
      count++
      squares += across * across + down * down
      product += across * ownAcross + down * ownDown
      own += ownAcross * ownAcross + ownDown * ownDown
    }
  if (count < LEAST_INSIDE * inside.length || squares < count * LEAST_CHANGE ** 2 || own <= 0) return 0
  return product / Math.sqrt(squares * own)
}

/** Fine texture may be as like itself in a wrong place, looked at coarsely: so many places are looked at closely. */
const CANDIDATES = 4

/**
 * Where within `radius` pixels of the pose the picture is most like the patch: a place of the grid apart first, then
 * around the best of these by halves of that, down to a pixel. Whole pixels only, as the grid's places fall on pixels as
 * they did.
 */
export function bestPlace(patch: Patch, picture: GreyPicture, pose: PatchPose, radius: number): PatchPlace {
  const { left, top, scale } = pose
  const around = (middle: { readonly dx: number; readonly dy: number }, reach: number, stride: number) => {
    const places: PatchPlace[] = []
    for (let dy = middle.dy - reach; dy <= middle.dy + reach; dy += stride)
      for (let dx = middle.dx - reach; dx <= middle.dx + reach; dx += stride)
        places.push({
          ...{ dx, dy },
          likeness: likenessAt(patch, picture, { left: left + dx, top: top + dy, scale }),
        })
    return places.sort((a, b) => b.likeness - a.likeness)
  }
  const coarse = Math.max(1, Math.round(patch.step))
  const starts = around({ dx: 0, dy: 0 }, Math.ceil(radius / coarse) * coarse, coarse).slice(0, CANDIDATES)
  const closely = (start: PatchPlace): PatchPlace => {
    let best = start
    for (let stride = coarse; stride > 1; ) {
      stride = Math.ceil(stride / 2)
      best = around(best, stride, stride)[0] ?? best
    }
    return best
  }
  return starts.map(closely).reduce((best, place) => (place.likeness > best.likeness ? place : best))
}
