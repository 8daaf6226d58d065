// Looks for the mesh of a detected face and says either what it is or why it cannot be trusted.
import type { Box } from '#schemas/detection-document.ts'
import type { Appearance } from './appearance.ts'
import { type Canvas, type PatchPlace, placeAround, readPatch } from './canvas.ts'
import type { FaceMesh } from './face-mesh.ts'
import { faceWidth, type PlacedFace, POINTS, placeFace } from './pure/face-mesh-shape.ts'
import { coveredPart, type FitDoubt, fitDoubt, LEAST_WIDTH_PX } from './pure/fit-doubts.ts'
import { coordinates } from './pure/identity.ts'
import { lowerFaceDifference } from './pure/lower-face.ts'
import { headAngles } from './pure/rigid-alignment.ts'

export interface FaceToFit {
  /** Full-size pixels of the canvas, and its roll in degrees there. */
  readonly box: Box
  readonly roll: number
}

export type FaceFitting =
  | {
      readonly verdict: 'fit'
      /** x, y, depth in full-size pixels. */
      readonly points: Float64Array
    }
  | { readonly verdict: 'doubt'; readonly why: FitDoubt }

/** The crop is turned, and half as large again as the box: so much has to be read around it. */
const AROUND = 2.2
const MOST_PATCH = 448

/** @throws {PermanentFailure} DETECTION_FAILED */
export async function fitFace(
  canvas: Canvas,
  { box, roll }: FaceToFit,
  { mesh, appearance }: { readonly mesh: FaceMesh; readonly appearance: Appearance },
): Promise<FaceFitting> {
  const longer = Math.max(box[2] - box[0], box[3] - box[1])
  if (!(longer >= LEAST_WIDTH_PX * 0.8)) return { verdict: 'doubt', why: 'small' }
  const place = placeAround((box[0] + box[2]) / 2, (box[1] + box[3]) / 2, longer * AROUND, MOST_PATCH)
  const patch = readPatch(canvas, place)
  const found = await mesh.find(patch, toPatch(box, place), roll)
  const points = fromPatch(found.points, place)
  const placed = placeFace(points, appearance.topology)
  if (!placed) return { verdict: 'doubt', why: 'no_fit' }
  const bounds = boundsOf(points, appearance.topology.outline)
  const why = fitDoubt({
    presence: found.presence,
    drift: found.drift,
    widthPx: faceWidth(placed.pose),
    ...headAngles(placed.pose),
    bounds,
    box,
    covered: coveredPart(box, outlineOf(points, appearance)),
    visible: visiblePart(bounds, canvas),
    oddness: oddness(placed, appearance),
    lowerDifference: lowerFaceDifference([patch.luma, ...patch.chroma], place.side, found.points),
  })
  return why ? { verdict: 'doubt', why } : { verdict: 'fit', points }
}

export const toPatch = (box: Box, { left, top, step }: PatchPlace): Box => [
  (box[0] - left) / step,
  (box[1] - top) / step,
  (box[2] - left) / step,
  (box[3] - top) / step,
]

function fromPatch(points: Float64Array, { left, top, step }: PatchPlace): Float64Array {
  const out = new Float64Array(points.length)
  for (let i = 0; i < POINTS; i++) {
    out[i * 3] = (points[i * 3] ?? 0) * step + left
    out[i * 3 + 1] = (points[i * 3 + 1] ?? 0) * step + top
    out[i * 3 + 2] = (points[i * 3 + 2] ?? 0) * step
  }
  return out
}

/** x, y after x, y, around the face. */
const outlineOf = (points: Float64Array, { topology }: Appearance): readonly number[] =>
  topology.outline.flatMap((i) => [points[i * 3] ?? 0, points[i * 3 + 1] ?? 0])

function boundsOf(points: Float64Array, indices: readonly number[]): Box {
  const xs = indices.map((i) => points[i * 3] ?? 0)
  const ys = indices.map((i) => points[i * 3 + 1] ?? 0)
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)]
}

function visiblePart(box: Box, { width, height }: Canvas): number {
  const wide = Math.min(box[2], width) - Math.max(box[0], 0)
  const high = Math.min(box[3], height) - Math.max(box[1], 0)
  return (Math.max(0, wide) * Math.max(0, high)) / Math.max(1e-9, (box[2] - box[0]) * (box[3] - box[1]))
}

function oddness({ upright }: PlacedFace, { shapeMean, shapeComponents }: Appearance): number {
  const places = coordinates(upright, shapeMean, shapeComponents)
  return places.reduce((sum, value) => sum + Math.abs(value), 0) / places.length
}
