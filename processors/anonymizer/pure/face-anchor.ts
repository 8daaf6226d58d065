// Tells where an anchor of the second face detector lies, and what box and points its numbers describe.
import type { Box } from '#schemas/detection-document.ts'

/** Centre and side of an anchor, in pixels of the input. */
export interface Anchor {
  readonly cx: number
  readonly cy: number
  readonly side: number
}

/** Two anchors a cell on each of three maps: biubug6/Pytorch_Retinaface, cfg_mnet. */
const MAPS: readonly { readonly stride: number; readonly sides: readonly [number, number] }[] = [
  { stride: 8, sides: [16, 32] },
  { stride: 16, sides: [64, 128] },
  { stride: 32, sides: [256, 512] },
]
const ANCHORS_A_CELL = 2
/** SSD's variances (Liu et al., 2016). */
const PLACE_VARIANCE = 0.1
const SIZE_VARIANCE = 0.2
const POINT_NUMBERS = 10

/** The anchor of a number, for an input whose sides are multiples of 32; undefined past the last. */
export function anchorOf(number: number, input: { width: number; height: number }): Anchor | undefined {
  let before = 0
  for (const { stride, sides } of MAPS) {
    const columns = input.width / stride
    const count = columns * (input.height / stride) * ANCHORS_A_CELL
    if (number < before + count) {
      const cell = Math.floor((number - before) / ANCHORS_A_CELL)
      return {
        cx: ((cell % columns) + 0.5) * stride,
        cy: (Math.floor(cell / columns) + 0.5) * stride,
        side: sides[(number - before) % ANCHORS_A_CELL === 0 ? 0 : 1],
      }
    }
    before += count
  }
  return undefined
}

/** The box that four numbers from `from` on describe: centre by the anchor's side, logarithm of the size. */
export function anchorBox({ cx, cy, side }: Anchor, numbers: ArrayLike<number>, from: number): Box {
  const at = (i: number): number => numbers[from + i] ?? Number.NaN
  const x = cx + at(0) * PLACE_VARIANCE * side
  const y = cy + at(1) * PLACE_VARIANCE * side
  const halfWidth = (side * Math.exp(at(2) * SIZE_VARIANCE)) / 2
  const halfHeight = (side * Math.exp(at(3) * SIZE_VARIANCE)) / 2
  return [x - halfWidth, y - halfHeight, x + halfWidth, y + halfHeight]
}

/** x, y of right eye, left eye, nose, right and left mouth corner (right and left of the person). */
export const anchorPoints = (
  { cx, cy, side }: Anchor,
  numbers: ArrayLike<number>,
  from: number,
): readonly number[] =>
  Array.from(
    { length: POINT_NUMBERS },
    (_, i) => (i % 2 ? cy : cx) + (numbers[from + i] ?? Number.NaN) * PLACE_VARIANCE * side,
  )
