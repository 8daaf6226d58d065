// Finds faces with CenterFace, as prepared by models/prepare/repair-centerface.ts.
import type { InferenceSession } from 'onnxruntime-node'
import type { Box } from '#schemas/detection-document.ts'
import { calibrated, rawThreshold } from '../pure/calibration.ts'
import { faceExtent } from '../pure/face-extent.ts'
import { faceRoll } from '../pure/face-roll.ts'
import { suppress } from '../pure/non-maximum-suppression.ts'
import type { Detector, DetectorModel, RawDetection, RgbPicture } from './detector.ts'
import { type InferenceOptions, openPictureModel } from './inference-session.ts'
import { floatsOf, inputTensor, sound } from './model-input.ts'
import { runModel } from './run-model.ts'

const OUTPUTS = ['scores', 'boxes', 'points']
/** Faces side by side in a crowd overlap by less; the model's own second finds of a face by more. */
const ONE_FACE = { iou: 0.3, contained: 1.01 }

/** @throws {PermanentFailure} MODEL_NOT_AVAILABLE */
export async function createFaceDetector(model: DetectorModel, options: InferenceOptions): Promise<Detector> {
  const session = await openPictureModel(model.bytes, OUTPUTS, options)
  return {
    modelId: model.id,
    modelSha256: model.sha256,
    detect: (picture, threshold) => detectFaces(session, model, picture, threshold),
    async [Symbol.asyncDispose]() {
      await session.release()
    },
  }
}

async function detectFaces(
  session: InferenceSession,
  model: DetectorModel,
  picture: RgbPicture,
  threshold: number,
): Promise<readonly RawDetection[]> {
  const outputs = await runModel(session, inputTensor(picture))
  const scores = floatsOf(outputs, 'scores')
  const boxes = floatsOf(outputs, 'boxes')
  const points = floatsOf(outputs, 'points')
  const least = rawThreshold(threshold, model.calibration)
  const finds: RawDetection[] = []
  for (let i = 0; i < scores.length && sound(scores[i]) >= least; i++) {
    const box: Box = [
      sound(boxes[i * 4]),
      sound(boxes[i * 4 + 1]),
      sound(boxes[i * 4 + 2]),
      sound(boxes[i * 4 + 3]),
    ]
    const score = Math.min(1, calibrated(sound(scores[i]), model.calibration))
    const roll = sound(faceRoll(points, i * 10))
    finds.push({ class: 'face', score, box: faceExtent(box, roll), roll })
  }
  return suppress(finds, ONE_FACE)
}
