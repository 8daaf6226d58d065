// Looks for the mesh of a detected face and says either what it is or why it cannot be trusted.
import type { Box } from '#schemas/detection-document.ts'
import type { Appearance } from './appearance.ts'
import { type Canvas, sampleAt } from './canvas.ts'
import type { FaceMesh, FoundMesh } from './face-mesh.ts'
import { faceWidth, type PlacedFace, placeFace } from './pure/face-mesh-shape.ts'
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

/**
 * `expected`: where the points should be if the face was surely seen in the last frame: then one look is enough where it
 * leaves no doubt.
 * @throws {PermanentFailure} DETECTION_FAILED
 */
export async function fitFace(
  canvas: Canvas,
  { box, roll }: FaceToFit,
  { mesh, appearance }: { readonly mesh: FaceMesh; readonly appearance: Appearance },
  expected?: Float64Array,
): Promise<FaceFitting> {
  const longer = Math.max(box[2] - box[0], box[3] - box[1])
  if (!(longer >= LEAST_WIDTH_PX * 0.8)) return { verdict: 'doubt', why: 'small' }
  if (expected) {
    const followed = judged(canvas, await mesh.follow(canvas, expected), { box, wasSure: true }, appearance)
    if (followed.verdict === 'fit') return followed
  }
  const wasSure = expected !== undefined
  return judged(canvas, await mesh.find(canvas, box, roll), { box, wasSure }, appearance)
}

function judged(
  canvas: Canvas,
  found: FoundMesh,
  { box, wasSure }: { readonly box: Box; readonly wasSure: boolean },
  appearance: Appearance,
): FaceFitting {
  const { points } = found
  const placed = placeFace(points, appearance.topology)
  if (!placed) return { verdict: 'doubt', why: 'no_fit' }
  const bounds = boundsOf(points, appearance.topology.outline)
  const fit = {
    presence: found.presence,
    drift: found.drift,
    widthPx: faceWidth(placed.pose),
    ...headAngles(placed.pose),
    bounds,
    box,
    covered: coveredPart(box, outlineOf(points, appearance)),
    visible: visiblePart(bounds, canvas),
    oddness: oddness(placed, appearance),
    lowerDifference: lowerFaceDifference((i) =>
      sampleAt(canvas, points[i * 3] ?? 0, points[i * 3 + 1] ?? 0, grainOf(box)),
    ),
  }
  const why = fitDoubt(fit, wasSure)
  return why ? { verdict: 'doubt', why } : { verdict: 'fit', points }
}

/** A colour is that of so many pixels of a side: more of a large face, where one is noise. */
const grainOf = (box: Box): number => Math.max(1, Math.ceil(Math.max(box[2] - box[0], box[3] - box[1]) / 200))

/** x, y after x, y, around the face. */
const outlineOf = (points: Float64Array, { topology }: Appearance): Float64Array =>
  Float64Array.from(topology.outline.flatMap((i) => [points[i * 3] ?? 0, points[i * 3 + 1] ?? 0]))

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
