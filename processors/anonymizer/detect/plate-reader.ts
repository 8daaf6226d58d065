// Reads the text on a find that could be a plate (PP-OCRv4's recogniser): a text that is read proves a plate that looks like none.
import { type InferenceSession, Tensor } from 'onnxruntime-node'
import type { Quad } from '#schemas/detection-document.ts'
import { mapped, squareToQuad } from '../pure/homography.ts'
import { decodeLine, type Reading } from '../pure/plate-text.ts'
import type { DetectorModel, RgbPicture } from './detector.ts'
import { type InferenceOptions, openSession } from './inference-session.ts'
import { floatsOf, sound } from './model-input.ts'
import { runModel } from './run-model.ts'

export interface PlateReader extends AsyncDisposable {
  readonly modelId: string
  readonly modelSha256: string
  /**
   * The line of text inside the quad, given in the picture's pixels from the text's own top left, clockwise.
   * @throws {PermanentFailure} DETECTION_FAILED; MODEL_NOT_AVAILABLE at the first call, which opens the model
   */
  read(picture: RgbPicture, quad: Quad): Promise<Reading>
}

const LINE_HEIGHT = 48
const LINE_WIDTHS = { least: 64, most: 320 }
/** A plate's first and last letters lie close to its edge. */
const ROOM = 1.06

/** Opens the model when it is first asked: 40 ms and 11 MB that most work on films never needs. */
export function plateReaderWhenAsked(model: DetectorModel, options: InferenceOptions): PlateReader {
  let opening: Promise<InferenceSession> | undefined
  return {
    modelId: model.id,
    modelSha256: model.sha256,
    async read(picture, quad) {
      opening ??= openSession(model.bytes, options)
      const session = await opening
      const outputs = await runModel(session, lineOf(picture, quad))
      const name = session.outputNames[0] ?? ''
      return decodeLine(floatsOf(outputs, name), sound(outputs[name]?.dims[2]))
    },
    async [Symbol.asyncDispose]() {
      await (await opening?.catch(() => undefined))?.release()
    },
  }
}

/** The quad laid flat: BGR -1..1, float32 [1, 3, 48, width]; grey beyond a line shorter than the least width. */
function lineOf(picture: RgbPicture, quad: Quad): Tensor {
  const flat = squareToQuad(grown(quad))
  const [a, b, c, d] = quad
  const along = (distance(a, b) + distance(d, c)) / 2
  const down = (distance(a, d) + distance(b, c)) / 2
  const asLong = Math.round((LINE_HEIGHT * along) / Math.max(1, down))
  const inked = Math.min(LINE_WIDTHS.most, Math.max(LINE_HEIGHT, asLong))
  const width = Math.max(LINE_WIDTHS.least, inked)
  const planes = new Float32Array(3 * LINE_HEIGHT * width)
  for (let y = 0; y < LINE_HEIGHT; y++) {
    for (let x = 0; x < inked; x++) {
      const [u, v] = mapped(flat, (x + 0.5) / inked, (y + 0.5) / LINE_HEIGHT)
      for (let channel = 0; channel < 3; channel++)
        planes[(channel * LINE_HEIGHT + y) * width + x] =
          sampled(picture, u - 0.5, v - 0.5, 2 - channel) / 127.5 - 1
    }
  }
  return new Tensor('float32', planes, [1, 3, LINE_HEIGHT, width])
}

type Point = readonly [number, number]
const distance = (p: Point, q: Point): number => Math.hypot(q[0] - p[0], q[1] - p[1])

function grown(quad: Quad): Quad {
  const middle = (axis: 0 | 1): number => quad.reduce((sum, corner) => sum + corner[axis], 0) / 4
  const [cx, cy] = [middle(0), middle(1)]
  const moved = ([x, y]: Point): [number, number] => [cx + (x - cx) * ROOM, cy + (y - cy) * ROOM]
  return [moved(quad[0]), moved(quad[1]), moved(quad[2]), moved(quad[3])]
}

/** Bilinear; the picture's edge goes on outside of it. */
function sampled({ data, width, height }: RgbPicture, x: number, y: number, channel: number): number {
  const [left, top] = [Math.floor(x), Math.floor(y)]
  const [fx, fy] = [x - left, y - top]
  const at = (column: number, row: number): number => {
    const inside = Math.min(height - 1, Math.max(0, row)) * width + Math.min(width - 1, Math.max(0, column))
    return data[inside * 3 + channel] ?? 0
  }
  const above = at(left, top) * (1 - fx) + at(left + 1, top) * fx
  const below = at(left, top + 1) * (1 - fx) + at(left + 1, top + 1) * fx
  return above * (1 - fy) + below * fy
}
