// Tells where a head looks, by a model of another family than ours (FSA-Net), to measure what a synthetic face keeps.
import { join } from 'node:path'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import sharp from 'sharp'
import type { Box } from '#schemas/detection-document.ts'
import type { Rgb } from '../privacy/face-witness.ts'

export interface PoseReader {
  /** Yaw, pitch, roll in degrees. */
  read(picture: Rgb, box: Box): Promise<readonly number[]>
}

const SIDE = 64
/** Of the box's side, added all around, as the model was trained. */
const MARGIN = 0.4
const FILES = ['fsanet-1x1-iter-688590.onnx', 'fsanet-var-iter-688590.onnx']

/** @param folder the shared data's weights */
export async function openPoseReader(folder: string): Promise<PoseReader> {
  const sessions = await Promise.all(
    FILES.map((file) =>
      InferenceSession.create(join(folder, file), { logSeverityLevel: 3, intraOpNumThreads: 1 }),
    ),
  )
  return {
    async read(picture, box) {
      const input = await cropOf(picture, box)
      const angles = [0, 0, 0]
      for (const session of sessions) {
        const output = (await session.run({ [session.inputNames[0] ?? '']: input }))[
          session.outputNames[0] ?? ''
        ]
        if (!(output?.data instanceof Float32Array)) throw new Error('the pose model gave nothing')
        output.data.forEach((value, i) => {
          angles[i] = (angles[i] ?? 0) + value / sessions.length
        })
      }
      return angles
    },
  }
}

/** BGR, (x - 127.5) / 128, planes. */
async function cropOf(picture: Rgb, [x1, y1, x2, y2]: Box): Promise<Tensor> {
  const [dx, dy] = [(x2 - x1) * MARGIN * 0.5, (y2 - y1) * MARGIN * 0.5]
  const left = Math.max(0, Math.floor(x1 - dx))
  const top = Math.max(0, Math.floor(y1 - dy))
  const width = Math.max(1, Math.min(picture.width, Math.ceil(x2 + dx)) - left)
  const height = Math.max(1, Math.min(picture.height, Math.ceil(y2 + dy)) - top)
  const pixels = await sharp(picture.data, {
    raw: { width: picture.width, height: picture.height, channels: 3 },
  })
    .extract({ left, top, width, height })
    .resize(SIDE, SIDE, { fit: 'fill' })
    .raw()
    .toBuffer()
  const planes = new Float32Array(3 * SIDE * SIDE)
  for (let i = 0; i < SIDE * SIDE; i++)
    for (let c = 0; c < 3; c++) planes[c * SIDE * SIDE + i] = ((pixels[i * 3 + 2 - c] ?? 0) - 127.5) / 128
  return new Tensor('float32', planes, [1, 3, SIDE, SIDE])
}
