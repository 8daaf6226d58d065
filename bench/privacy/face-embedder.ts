// Turns an aligned face into numbers that are near for one person, to measure whether hiding leaves the person (MobileFaceNet).
import { InferenceSession, Tensor } from 'onnxruntime-node'
import type { Rgb } from './face-witness.ts'

export interface FaceEmbedder {
  /** A vector of length 1. `points`: ten numbers as of the witness, in the picture's pixels. */
  embed(picture: Rgb, points: readonly number[]): Promise<Float32Array>
}

const SIDE = 112
/** Where eyes, nose and mouth corners lie in an aligned face (ArcFace's template for 112 x 112). */
const TEMPLATE = [38.2946, 51.6963, 73.5318, 51.5014, 56.0252, 71.7366, 41.5493, 92.3655, 70.7299, 92.2041]
const MEAN = [0.485, 0.456, 0.406]
const DEVIATION = [0.229, 0.224, 0.225]

/** @param path measure-only-MobileFaceNet.onnx of the shared data; never shipped */
export async function openFaceEmbedder(path: string): Promise<FaceEmbedder> {
  const session = await InferenceSession.create(path, { logSeverityLevel: 3, intraOpNumThreads: 1 })
  return {
    async embed(picture, points) {
      const outputs = await session.run({
        input0: new Tensor('float32', aligned(picture, points), [1, 3, SIDE, SIDE]),
      })
      const data = outputs.output0?.data
      if (!(data instanceof Float32Array)) throw new Error('the embedder gave no vector')
      const length = Math.hypot(...data)
      return data.map((value) => value / length)
    },
  }
}

export const similarity = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0)

/** Least-squares similarity transform (Umeyama, 1991, in two dimensions), read bilinearly, planes of RGB. */
function aligned(picture: Rgb, points: readonly number[]): Float32Array {
  const { a, b, x, y } = similarityTransform(TEMPLATE, points)
  const planes = new Float32Array(3 * SIDE * SIDE)
  for (let v = 0; v < SIDE; v++) {
    for (let u = 0; u < SIDE; u++) {
      const px = Math.min(Math.max(a * u - b * v + x, 0), picture.width - 1.001)
      const py = Math.min(Math.max(b * u + a * v + y, 0), picture.height - 1.001)
      for (let c = 0; c < 3; c++) {
        const value = bilinear(picture, px, py, c) / 255
        planes[(c * SIDE + v) * SIDE + u] = (value - (MEAN[c] ?? 0)) / (DEVIATION[c] ?? 1)
      }
    }
  }
  return planes
}

function bilinear({ data, width }: Rgb, x: number, y: number, c: number): number {
  const x1 = Math.max(0, Math.floor(x))
  const y1 = Math.max(0, Math.floor(y))
  const at = (dx: number, dy: number): number => data[((y1 + dy) * width + x1 + dx) * 3 + c] ?? 0
  const top = at(0, 0) * (1 - (x - x1)) + at(1, 0) * (x - x1)
  const bottom = at(0, 1) * (1 - (x - x1)) + at(1, 1) * (x - x1)
  return top * (1 - (y - y1)) + bottom * (y - y1)
}

/** `to` = [a -b; b a] `from` + [x y], over pairs of coordinates. */
function similarityTransform(
  from: readonly number[],
  to: readonly number[],
): { a: number; b: number; x: number; y: number } {
  const mean = (values: readonly number[], odd: number): number =>
    values.reduce((sum, value, i) => sum + (i % 2 === odd ? value : 0), 0) / (values.length / 2)
  const [fx, fy, tx, ty] = [mean(from, 0), mean(from, 1), mean(to, 0), mean(to, 1)]
  let along = 0
  let across = 0
  let size = 0
  for (let i = 0; i < from.length; i += 2) {
    const [dx, dy] = [(from[i] ?? 0) - fx, (from[i + 1] ?? 0) - fy]
    const [ex, ey] = [(to[i] ?? 0) - tx, (to[i + 1] ?? 0) - ty]
    along += dx * ex + dy * ey
    across += dx * ey - dy * ex
    size += dx * dx + dy * dy
  }
  const [a, b] = [along / size, across / size]
  return { a, b, x: tx - a * fx + b * fy, y: ty - b * fx - a * fy }
}
