// Finds the 468 points of a face whose box is known, with MediaPipe's face mesh as prepared by models/prepare.
import { Tensor } from 'onnxruntime-node'
import type { Box } from '#schemas/detection-document.ts'
import { type InferenceOptions, openSession } from '../detect/inference-session.ts'
import { floatsOf, sound } from '../detect/model-input.ts'
import { runModel } from '../detect/run-model.ts'
import type { Canvas } from './canvas.ts'
import { CROP, cropOf, type Square } from './face-crop.ts'
import { POINTS } from './pure/face-mesh-shape.ts'

/** Side of the crop by the longer side of the box, and then of the points' own upright box: as the model was trained. */
const MARGIN = 1.5
/** Outer corners of the right and the left eye. */
const [RIGHT, LEFT] = [33, 263]

export interface FoundMesh {
  /** x, y, depth in full-size pixels of the canvas. */
  readonly points: Float64Array
  /** Probability that there is a face, 0..1. */
  readonly presence: number
  /** How far the last look moved the points from where they were expected, as part of the face's size: a sure fit stays. */
  readonly drift: number
}

/** Points, boxes and sizes are full-size pixels of the canvas; `roll` in degrees. */
export interface FaceMesh extends AsyncDisposable {
  /** Looks twice: at the box, and at where the first look saw the face. @throws {PermanentFailure} DETECTION_FAILED */
  find(canvas: Canvas, box: Box, roll: number): Promise<FoundMesh>
  /** Looks once, where the points are expected. @throws {PermanentFailure} DETECTION_FAILED */
  follow(canvas: Canvas, expected: Float64Array): Promise<FoundMesh>
}

/** @throws {PermanentFailure} MODEL_NOT_AVAILABLE */
export async function openFaceMesh(
  model: { readonly bytes: Uint8Array },
  options: InferenceOptions,
): Promise<FaceMesh> {
  const session = await openSession(model.bytes, options)
  const crop = new Uint8Array(CROP * CROP * 3)
  const input = new Tensor('uint8', crop, [1, CROP, CROP, 3])
  const look = async (canvas: Canvas, square: Square): Promise<Look> => {
    cropOf(canvas, square, crop)
    return seen(await runModel(session, input), square)
  }
  const follow = async (canvas: Canvas, expected: Float64Array): Promise<FoundMesh> => {
    const square = squareAround(expected)
    const found = await look(canvas, square)
    return { ...found, drift: (meanDistance(expected, found.points) * MARGIN) / square.side }
  }
  return {
    follow,
    async find(canvas, box, roll) {
      const first = await look(canvas, {
        cx: (box[0] + box[2]) / 2,
        cy: (box[1] + box[3]) / 2,
        side: Math.max(box[2] - box[0], box[3] - box[1]) * MARGIN,
        roll: (roll * Math.PI) / 180,
      })
      return follow(canvas, first.points)
    },
    async [Symbol.asyncDispose]() {
      await session.release()
    },
  }
}

interface Look {
  readonly points: Float64Array
  readonly presence: number
}

function seen(outputs: Readonly<Record<string, Tensor | undefined>>, square: Square): Look {
  const scale = square.side / CROP
  const [cos, sin] = [Math.cos(square.roll) * scale, Math.sin(square.roll) * scale]
  const found = floatsOf(outputs, 'points')
  const points = new Float64Array(POINTS * 3)
  for (let i = 0; i < POINTS; i++) {
    const x = sound(found[i * 3]) - CROP / 2
    const y = sound(found[i * 3 + 1]) - CROP / 2
    points[i * 3] = square.cx + cos * x - sin * y
    points[i * 3 + 1] = square.cy + sin * x + cos * y
    points[i * 3 + 2] = sound(found[i * 3 + 2]) * scale
  }
  return { points, presence: sound(floatsOf(outputs, 'presence')[0]) }
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
