// Reads a line of text, to measure whether a hidden plate can still be read (PP-OCRv4's recogniser).
import { readFile } from 'node:fs/promises'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import sharp from 'sharp'
import type { Box } from '#schemas/detection-document.ts'
import type { Rgb } from './face-witness.ts'

export interface Reading {
  /** Letters and digits only. */
  readonly text: string
  /** Mean probability of its characters, 0 where there is none. */
  readonly confidence: number
}
export interface PlateReader {
  read(picture: Rgb, box: Box): Promise<Reading>
}

const LINE_HEIGHT = 48
const MOST_WIDTH = 640

export async function openPlateReader(model: Uint8Array, keysPath: string): Promise<PlateReader> {
  const session = await InferenceSession.create(model, { logSeverityLevel: 3, intraOpNumThreads: 1 })
  const keys = ['', ...(await readFile(keysPath, 'utf8')).split('\n')]
  return {
    async read(picture, box) {
      const input = await lineOf(picture, box)
      const outputs = await session.run({ x: input })
      const output = outputs[session.outputNames[0] ?? '']
      if (!(output?.data instanceof Float32Array)) throw new Error('the reader gave nothing')
      return decode(output.data, output.dims[2] ?? 1, keys)
    },
  }
}

/** BGR, -1..1, [1, 3, 48, width]. */
async function lineOf(picture: Rgb, [x1, y1, x2, y2]: Box): Promise<Tensor> {
  const left = Math.min(Math.max(0, Math.floor(x1)), picture.width - 1)
  const top = Math.min(Math.max(0, Math.floor(y1)), picture.height - 1)
  const width = Math.max(1, Math.min(picture.width, Math.ceil(x2)) - left)
  const height = Math.max(1, Math.min(picture.height, Math.ceil(y2)) - top)
  const lineWidth = Math.min(MOST_WIDTH, Math.max(48, Math.round((width / height) * LINE_HEIGHT)))
  const pixels = await sharp(picture.data, {
    raw: { width: picture.width, height: picture.height, channels: 3 },
  })
    .extract({ left, top, width, height })
    .resize(lineWidth, LINE_HEIGHT, { fit: 'fill' })
    .raw()
    .toBuffer()
  const planes = new Float32Array(3 * LINE_HEIGHT * lineWidth)
  for (let i = 0; i < LINE_HEIGHT * lineWidth; i++) {
    for (let c = 0; c < 3; c++)
      planes[c * LINE_HEIGHT * lineWidth + i] = (pixels[i * 3 + 2 - c] ?? 0) / 127.5 - 1
  }
  return new Tensor('float32', planes, [1, 3, LINE_HEIGHT, lineWidth])
}

/** Greedy decoding of connectionist temporal classification: best class per step, repeats and blanks dropped. */
function decode(data: Float32Array, classes: number, keys: readonly string[]): Reading {
  let text = ''
  let sum = 0
  let last = 0
  for (let step = 0; step * classes < data.length; step++) {
    const row = data.subarray(step * classes, (step + 1) * classes)
    let best = 0
    row.forEach((value, i) => {
      if (value > (row[best] ?? 0)) best = i
    })
    const key = keys[best] ?? ''
    if (best !== 0 && best !== last && /^[A-Za-z0-9]$/.test(key)) {
      text += key.toUpperCase()
      sum += row[best] ?? 0
    }
    last = best
  }
  return { text, confidence: text === '' ? 0 : sum / text.length }
}
