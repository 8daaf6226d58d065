// Hides several shapes in one frame, so that also where they overlap no sample ends up as it was.
import type { MaskShape } from '../pure/mask-shape.ts'
import { shapeBounds } from '../pure/shape-span.ts'
import { type HideOptions, hideShape } from './hide-shape.ts'
import { maskedRows, type Plane } from './plane.ts'

export interface Hiding {
  readonly shape: MaskShape
  readonly options: HideOptions
}

/** The samples under a shape's mandatory mask as they were, row after row. */
interface Before {
  readonly plane: Plane
  readonly shape: MaskShape
  readonly samples: Float64Array
}

/**
 * Hides each shape in every plane (changed in place). Returns the mandatory samples of all shapes together; where
 * shapes overlap a sample counts once for each.
 * @throws {RangeError} when a shape is not finite; then nothing was changed
 */
export function hideShapes(planes: readonly Plane[], hidings: readonly Hiding[]): number {
  const reaches = hidings.map(reachOf)
  const crowded = hidings.filter((_, i) => reaches.some((other, j) => i !== j && touch(reaches[i], other)))
  const before = planes.flatMap((plane) => crowded.map(({ shape }) => remember(plane, shape)))
  let samples = 0
  for (const { shape, options } of hidings) samples += hideShape(planes, shape, options)
  for (const memory of before) moveUnchanged(memory)
  return samples
}

type Reach = { readonly x1: number; readonly y1: number; readonly x2: number; readonly y2: number }

/** Bounds with the fading edge, and a chroma sample more on each side. */
function reachOf(hiding: Hiding): Reach {
  const bounds = shapeBounds(hiding.shape)
  const shorter = Math.min(bounds.x2 - bounds.x1, bounds.y2 - bounds.y1)
  const more = (hiding.options.feather * shorter) / 2 + 4
  return { x1: bounds.x1 - more, y1: bounds.y1 - more, x2: bounds.x2 + more, y2: bounds.y2 + more }
}

const touch = (a: Reach | undefined, b: Reach): boolean =>
  a !== undefined && a.x1 < b.x2 && b.x1 < a.x2 && a.y1 < b.y2 && b.y1 < a.y2

function remember(plane: Plane, shape: MaskShape): Before {
  let count = 0
  for (const { x1, x2 } of maskedRows(plane, shape)) count += x2 - x1
  const samples = new Float64Array(count)
  let next = 0
  for (const { y, x1, x2 } of maskedRows(plane, shape)) {
    const line = plane.offset + y * plane.stride
    for (let x = x1; x < x2; x++) samples[next++] = plane.data[line + x * plane.step] ?? 0
  }
  return { plane, shape, samples }
}

function moveUnchanged({ plane, shape, samples }: Before): void {
  let next = 0
  for (const { y, x1, x2 } of maskedRows(plane, shape)) {
    const line = plane.offset + y * plane.stride
    for (let x = x1; x < x2; x++) {
      const was = samples[next++] ?? 0
      const at = line + x * plane.step
      if (plane.data[at] === was) plane.data[at] = was > 0 ? was - 1 : 1
    }
  }
}
