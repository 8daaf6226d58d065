// Cuts out the square of a picture that a face's mesh and the ring around it need.
import type { Appearance } from './appearance.ts'
import { type Canvas, type Patch, placeAround, readPatch } from './canvas.ts'
import { flatInPicture, type PlacedFace, POINTS, withRing } from './pure/face-mesh-shape.ts'

const MOST_PATCH = 400

/** `points`: x, y, depth in full-size pixels; `mesh`: x, y of points and ring in patch pixels. */
export function patchOf(
  canvas: Canvas,
  points: Float64Array,
  placed: PlacedFace,
  { topology }: Appearance,
): { readonly patch: Patch; readonly mesh: Float64Array } {
  const flat = flatInPicture(withRing(placed.upright, topology), placed.pose)
  // The points as they were found; the ring as the pose has it.
  for (let i = 0; i < POINTS; i++) {
    flat[i * 2] = points[i * 3] ?? 0
    flat[i * 2 + 1] = points[i * 3 + 1] ?? 0
  }
  let [x1, y1, x2, y2] = [Infinity, Infinity, -Infinity, -Infinity]
  for (let i = 0; i < flat.length; i += 2) {
    const [x, y] = [flat[i] ?? 0, flat[i + 1] ?? 0]
    ;[x1, y1, x2, y2] = [Math.min(x1, x), Math.min(y1, y), Math.max(x2, x), Math.max(y2, y)]
  }
  const side = Math.max(x2 - x1, y2 - y1) + 8
  const patch = readPatch(canvas, placeAround((x1 + x2) / 2, (y1 + y2) / 2, side, MOST_PATCH))
  return { patch, mesh: inPatch(flat, patch) }
}

export const inPatch = (flat: Float64Array, { place }: Patch): Float64Array =>
  flat.map((value, i) => (value - (i % 2 ? place.top : place.left)) / place.step)
