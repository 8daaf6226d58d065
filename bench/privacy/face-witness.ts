// A second face detector, independent of the product's, that says whether a hidden face still looks like one (YuNet).
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { suppress } from '#anonymizer/pure/non-maximum-suppression.ts'
import type { Box } from '#schemas/detection-document.ts'

/** Interleaved RGB, 8 bits. */
export interface Rgb {
  readonly data: Uint8Array
  readonly width: number
  readonly height: number
}
export interface WitnessedFace {
  readonly class: 'face'
  readonly score: number
  readonly box: Box
  /** x, y of right eye, left eye, nose, right and left mouth corner. */
  readonly points: readonly number[]
}
export interface FaceWitness {
  look(picture: Rgb): Promise<readonly WitnessedFace[]>
}

const LEAST_SCORE = 0.3
/** From here on the five points are believed: below it frames, collars and faded prints get the points of a face. */
const READABLE_SCORE = 0.6
const MULTIPLE = 32
const STRIDES = [8, 16, 32]

/** The surest of the faces; undefined where not even that is sure enough for somebody to be told by its points. */
export const readableFace = ([first]: readonly WitnessedFace[]): WitnessedFace | undefined =>
  first && first.score >= READABLE_SCORE ? first : undefined

/** @param path yunet_n_dynamic.onnx of the shared data; BGR 0..255 in, anchors at strides 8, 16, 32 out */
export async function openFaceWitness(path: string): Promise<FaceWitness> {
  const session = await InferenceSession.create(path, { logSeverityLevel: 3, intraOpNumThreads: 1 })
  return {
    async look(picture) {
      const width = Math.ceil(picture.width / MULTIPLE) * MULTIPLE
      const height = Math.ceil(picture.height / MULTIPLE) * MULTIPLE
      const input = new Float32Array(3 * width * height)
      for (let y = 0; y < picture.height; y++) {
        for (let x = 0; x < picture.width; x++) {
          for (let c = 0; c < 3; c++)
            input[(c * height + y) * width + x] = picture.data[(y * picture.width + x) * 3 + 2 - c] ?? 0
        }
      }
      const outputs = await session.run({ input: new Tensor('float32', input, [1, 3, height, width]) })
      const faces = STRIDES.flatMap((stride) => facesAt(outputs, stride, width))
      return suppress(faces, { iou: 0.3, contained: 1.01 })
    },
  }
}

function facesAt(outputs: InferenceSession.OnnxValueMapType, stride: number, width: number): WitnessedFace[] {
  const values = (name: string): Float32Array => {
    const data = outputs[`${name}_${stride}`]?.data
    if (data instanceof Float32Array) return data
    throw new Error(`the witness gave no ${name}_${stride}`)
  }
  const [sure, is, boxes, points] = [values('cls'), values('obj'), values('bbox'), values('kps')]
  const columns = width / stride
  const faces: WitnessedFace[] = []
  sure.forEach((probability, i) => {
    const score = Math.sqrt(Math.max(0, probability) * Math.max(0, is[i] ?? 0))
    if (score < LEAST_SCORE) return
    const column = i % columns
    const row = Math.floor(i / columns)
    const cx = (column + (boxes[i * 4] ?? 0)) * stride
    const cy = (row + (boxes[i * 4 + 1] ?? 0)) * stride
    const halfWidth = (Math.exp(boxes[i * 4 + 2] ?? 0) * stride) / 2
    const halfHeight = (Math.exp(boxes[i * 4 + 3] ?? 0) * stride) / 2
    faces.push({
      class: 'face',
      score,
      box: [cx - halfWidth, cy - halfHeight, cx + halfWidth, cy + halfHeight],
      points: Array.from(
        { length: 10 },
        (_, k) => ((k % 2 ? row : column) + (points[i * 10 + k] ?? 0)) * stride,
      ),
    })
  })
  return faces
}
