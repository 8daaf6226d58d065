// Finds licence plates with their four corners, with our own model (models/plates).
import type { InferenceSession } from 'onnxruntime-node'
import type { Quad } from '#schemas/detection-document.ts'
import { calibrated, rawThreshold } from '../pure/calibration.ts'
import { boundsOf } from '../pure/mask-shape.ts'
import { suppress } from '../pure/non-maximum-suppression.ts'
import type { Detector, DetectorModel, RawDetection, RgbPicture } from './detector.ts'
import { type InferenceOptions, openSession } from './inference-session.ts'
import { floatsOf, inputTensor, sound } from './model-input.ts'
import { runModel } from './run-model.ts'

/** Two plates never overlap so much; two finds of one plate do. */
const ONE_PLATE = { iou: 0.3, contained: 0.8, wholeStays: true }

/** Outputs in input pixels, in any order: `quads` [1, K, 8], `scores` [1, K]. @throws {PermanentFailure} MODEL_NOT_AVAILABLE */
export async function createPlateQuadDetector(
  model: DetectorModel,
  options: InferenceOptions,
): Promise<Detector> {
  const session = await openSession(model.bytes, options)
  return {
    modelId: model.id,
    modelSha256: model.sha256,
    lookKind: 'plate-quad',
    detect: (picture, threshold) => detectPlates(session, model, picture, threshold),
    async [Symbol.asyncDispose]() {
      await session.release()
    },
  }
}

async function detectPlates(
  session: InferenceSession,
  model: DetectorModel,
  picture: RgbPicture,
  threshold: number,
): Promise<readonly RawDetection[]> {
  const outputs = await runModel(session, inputTensor(picture))
  const scores = floatsOf(outputs, 'scores')
  const quads = floatsOf(outputs, 'quads')
  const least = rawThreshold(threshold, model.calibration)
  const finds: RawDetection[] = []
  for (let i = 0; i < scores.length; i++) {
    const raw = sound(scores[i])
    if (raw < least) continue
    const corner = (k: number): [number, number] => [
      sound(quads[i * 8 + 2 * k]),
      sound(quads[i * 8 + 2 * k + 1]),
    ]
    const quad: Quad = [corner(0), corner(1), corner(2), corner(3)]
    const score = Math.min(1, calibrated(raw, model.calibration))
    finds.push({ class: 'plate', score, box: boundsOf(quad), quad })
  }
  return suppress(finds, ONE_PLATE)
}
