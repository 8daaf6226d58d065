// A bright checkered square on a dark ground, painted into films and found again by brightness: truth without a model.
import type { RgbPicture } from '#anonymizer/detect/detector.ts'
import type { Box } from '#schemas/detection-document.ts'
import type { Paint } from './make-film.ts'
import type { Finder } from './run-task.ts'

export interface Square {
  readonly x: number
  readonly y: number
  readonly side: number
}

const GROUND = 60
const CHECK = 2

/** Paints the square where `at` says, in stored pixels; null paints the ground alone. `ground` of its own per frame. */
export const paintSquare =
  (at: (frame: number) => Square | null, ground: (frame: number) => number = () => GROUND): Paint =>
  (planes, frame) => {
    const [luma, ...chroma] = planes
    for (const plane of chroma) plane.data.fill(128)
    if (!luma) return
    const rows = luma.data.length / luma.stride
    const base = ground(frame)
    // Uneven, as every real picture is: on flat ground x264 codes the same picture in one of several ways.
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < luma.stride; x++)
        luma.data[y * luma.stride + x] = base + ((x * 7 + y * 13 + ((x * y) >> 5)) & 15)
    }
    const square = at(frame)
    if (!square) return
    for (let y = Math.max(0, square.y); y < Math.min(rows, square.y + square.side); y++) {
      for (let x = Math.max(0, square.x); x < Math.min(luma.stride, square.x + square.side); x++) {
        const light = (Math.floor((x - square.x) / CHECK) + Math.floor((y - square.y) / CHECK)) % 2 === 0
        luma.data[y * luma.stride + x] = light ? 250 : 190
      }
    }
  }

/** The bounds of all bright pixels. */
export function brightBox(picture: RgbPicture): Box | null {
  const { data, width, height } = picture
  let [x1, y1, x2, y2] = [width, height, 0, 0]
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if ((data[(y * width + x) * 3 + 1] ?? 0) < 165) continue
      x1 = Math.min(x1, x)
      y1 = Math.min(y1, y)
      x2 = Math.max(x2, x + 1)
      y2 = Math.max(y2, y + 1)
    }
  }
  return x2 > x1 ? [x1, y1, x2, y2] : null
}

/** Finds the square, but on the calls that `fails` names. */
export const squareFinder =
  (fails: (call: number) => boolean = () => false): Finder =>
  (picture, call) => {
    const box = fails(call) ? null : brightBox(picture)
    return box ? [{ score: 0.9, box }] : []
  }

/** How much checks of this size still show: the second difference along the rows, about 60 painted, near 0 when hidden. */
export function contrast(luma: Uint8Array, width: number, height: number, { x, y, side }: Square): number {
  let sum = 0
  let count = 0
  for (let row = Math.max(0, y); row < Math.min(height, y + side); row++) {
    for (let column = Math.max(0, x) + CHECK; column + CHECK < Math.min(width, x + side); column++) {
      const at = row * width + column
      const around = (luma[at - CHECK] ?? 0) + (luma[at + CHECK] ?? 0)
      sum += Math.abs((luma[at] ?? 0) - around / 2)
      count++
    }
  }
  return count === 0 ? 0 : sum / count
}
