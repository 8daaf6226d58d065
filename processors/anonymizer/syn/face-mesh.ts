// Finds the 468 points of a face whose box is known, with MediaPipe's face mesh as prepared by models/prepare.
import { type InferenceSession, Tensor } from 'onnxruntime-node'
import type { Box } from '#schemas/detection-document.ts'
import { type InferenceOptions, openSession } from '../detect/inference-session.ts'
import { floatsOf, sound } from '../detect/model-input.ts'
import { runModel } from '../detect/run-model.ts'
import type { Patch } from './canvas.ts'
import { POINTS } from './pure/face-mesh-shape.ts'

const CROP = 192
/** Side of the crop by the longer side of the box, and then of the points' own upright box: as the model was trained. */
const MARGIN = 1.5
/** Outer corners of the right and the left eye. */
const [RIGHT, LEFT] = [33, 263]

export interface FoundMesh {
  /** x, y, depth in patch pixels. */
  readonly points: Float64Array
  /** Probability that there is a face, 0..1. */
  readonly presence: number
  /** How far the second look moved the points, as part of the face's size: a sure fit stays. */
  readonly drift: number
}

export interface FaceMesh extends AsyncDisposable {
  /** `box` in patch pixels, `roll` in degrees. @throws {PermanentFailure} DETECTION_FAILED */
  find(patch: Patch, box: Box, roll: number): Promise<FoundMesh>
}

/** @throws {PermanentFailure} MODEL_NOT_AVAILABLE */
export async function openFaceMesh(
  model: { readonly bytes: Uint8Array },
  options: InferenceOptions,
): Promise<FaceMesh> {
  const session = await openSession(model.bytes, options)
  return {
    async find(patch, box, roll) {
      const side = Math.max(box[2] - box[0], box[3] - box[1]) * MARGIN
      const square = {
        cx: (box[0] + box[2]) / 2,
        cy: (box[1] + box[3]) / 2,
        side,
        roll: (roll * Math.PI) / 180,
      }
      const first = await look(session, patch, square)
      const second = await look(session, patch, squareAround(first.points))
      return { ...second, drift: meanDistance(first.points, second.points) / second.size }
    },
    async [Symbol.asyncDispose]() {
      await session.release()
    },
  }
}

interface Square {
  readonly cx: number
  readonly cy: number
  readonly side: number
  /** Radians. */
  readonly roll: number
}

async function look(
  session: InferenceSession,
  patch: Patch,
  square: Square,
): Promise<{ points: Float64Array; presence: number; size: number }> {
  const scale = square.side / CROP
  const [cos, sin] = [Math.cos(square.roll) * scale, Math.sin(square.roll) * scale]
  const outputs = await runModel(
    session,
    new Tensor('uint8', new Uint8Array(cropOf(patch, square, cos, sin).buffer), [1, CROP, CROP, 3]),
  )
  const found = floatsOf(outputs, 'points')
  const points = new Float64Array(POINTS * 3)
  for (let i = 0; i < POINTS; i++) {
    const [x, y] = [sound(found[i * 3]) - CROP / 2, sound(found[i * 3 + 1]) - CROP / 2]
    points[i * 3] = square.cx + cos * x - sin * y
    points[i * 3 + 1] = square.cy + sin * x + cos * y
    points[i * 3 + 2] = sound(found[i * 3 + 2]) * scale
  }
  return { points, presence: sound(floatsOf(outputs, 'presence')[0]), size: square.side / MARGIN }
}

/** RGB of 8 bits, read bilinearly; `cos` and `sin` carry the scale. */
function cropOf({ place, luma, chroma }: Patch, square: Square, cos: number, sin: number): Uint8ClampedArray {
  const { side } = place
  const [cb, cr] = chroma
  const out = new Uint8ClampedArray(CROP * CROP * 3)
  const most = side - 1.001
  let to = 0
  for (let v = 0; v < CROP; v++) {
    const dy = v + 0.5 - CROP / 2
    for (let u = 0; u < CROP; u++, to += 3) {
      const dx = u + 0.5 - CROP / 2
      const px = Math.min(Math.max(square.cx + cos * dx - sin * dy - 0.5, 0), most)
      const py = Math.min(Math.max(square.cy + sin * dx + cos * dy - 0.5, 0), most)
      const x = px | 0
      const y = py | 0
      const at = y * side + x
      const l = bilinear(luma, at, side, px - x, py - y)
      const blue = cb ? bilinear(cb, at, side, px - x, py - y) : 0
      const red = cr ? bilinear(cr, at, side, px - x, py - y) : 0
      out[to] = l + red / 0.713
      out[to + 1] = l - 0.344 * blue - 0.714 * red
      out[to + 2] = l + blue / 0.564
    }
  }
  return out
}

function bilinear(plane: Float32Array, at: number, side: number, a: number, b: number): number {
  const top = (plane[at] ?? 0) * (1 - a) + (plane[at + 1] ?? 0) * a
  return top * (1 - b) + ((plane[at + side] ?? 0) * (1 - a) + (plane[at + side + 1] ?? 0) * a) * b
}

/** The square around the points, upright by the eyes. */
function squareAround(points: Float64Array): Square {
  const at = (i: number): [number, number] => [points[i * 3] ?? 0, points[i * 3 + 1] ?? 0]
  const [right, left] = [at(RIGHT), at(LEFT)]
  const roll = Math.atan2(left[1] - right[1], left[0] - right[0])
  const [cos, sin] = [Math.cos(roll), Math.sin(roll)]
  let [x1, y1, x2, y2] = [Infinity, Infinity, -Infinity, -Infinity]
  for (let i = 0; i < POINTS; i++) {
    const [px, py] = at(i)
    const [x, y] = [cos * px + sin * py, cos * py - sin * px]
    ;[x1, y1, x2, y2] = [Math.min(x1, x), Math.min(y1, y), Math.max(x2, x), Math.max(y2, y)]
  }
  const [mx, my] = [(x1 + x2) / 2, (y1 + y2) / 2]
  const side = Math.max(x2 - x1, y2 - y1, 1) * MARGIN
  return { cx: cos * mx - sin * my, cy: sin * mx + cos * my, side, roll }
}

function meanDistance(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < POINTS; i++)
    sum += Math.hypot((a[i * 3] ?? 0) - (b[i * 3] ?? 0), (a[i * 3 + 1] ?? 0) - (b[i * 3 + 1] ?? 0))
  return sum / POINTS
}
