// One plane of samples as it lies in memory: a colour of interleaved RGB, or Y, U or V of a film's frame.
import type { MaskShape } from '../pure/mask-shape.ts'
import { shapeBounds, spanInBand } from '../pure/shape-span.ts'

/**
 * `offset`, `stride` (from row to row) and `step` (from sample to sample) count elements of `data`; `width` and
 * `height` count the plane's own samples. A sample covers 2^xShift x 2^yShift pixels of the full-size picture.
 */
export interface Plane {
  readonly data: Uint8Array | Uint16Array
  readonly offset: number
  readonly stride: number
  readonly step: number
  readonly width: number
  readonly height: number
  readonly xShift: number
  readonly yShift: number
}

/** Samples x1 <= x < x2 of row y. */
export interface RowSpan {
  readonly y: number
  readonly x1: number
  readonly x2: number
}

/** The samples of a plane whose pixels a shape touches, row by row: rounded outwards, clipped to the plane. */
export function* maskedRows(plane: Plane, shape: MaskShape): Generator<RowSpan> {
  const bounds = shapeBounds(shape)
  const pixelWidth = 1 << plane.xShift
  const pixelHeight = 1 << plane.yShift
  const first = Math.max(0, Math.floor(bounds.y1 / pixelHeight))
  const end = Math.min(plane.height, Math.ceil(bounds.y2 / pixelHeight))
  for (let y = first; y < end; y++) {
    const span = spanInBand(shape, y * pixelHeight, (y + 1) * pixelHeight)
    if (!span) continue
    const x1 = Math.max(0, Math.floor(span.from / pixelWidth))
    const x2 = Math.min(plane.width, Math.ceil(span.to / pixelWidth))
    if (x1 < x2) yield { y, x1, x2 }
  }
}
