// Finds licence plates as lines of text, with PP-OCRv4's text detector as prepared by models/prepare.
import type { InferenceSession } from 'onnxruntime-node'
import { PermanentFailure } from '#runtime/failure.ts'
import { calibrated, rawThreshold } from '../pure/calibration.ts'
import { boundsOf } from '../pure/mask-shape.ts'
import { suppress } from '../pure/non-maximum-suppression.ts'
import { rectangleCorners } from '../pure/oriented-rectangle.ts'
import { plateFromText } from '../pure/plate-from-text.ts'
import { textRegions } from '../pure/text-regions.ts'
import type { Detector, DetectorModel, RawDetection, RgbPicture } from './detector.ts'
import { type InferenceOptions, openSession } from './inference-session.ts'
import { inputTensor } from './model-input.ts'
import { runModel } from './run-model.ts'

/** Of 255: where a region of text begins (DB's own .3). */
const TEXT_FROM = 77
const ONE_PLATE = { iou: 0.5, contained: 1.01 }

/** Every plate that can be read is text; so are signs, which the shape filter lets through at times. @throws {PermanentFailure} MODEL_NOT_AVAILABLE */
export async function createPlateTextDetector(
  model: DetectorModel,
  options: InferenceOptions,
): Promise<Detector> {
  const session = await openSession(model.bytes, options)
  return {
    modelId: model.id,
    modelSha256: model.sha256,
    lookKind: 'plate-text',
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
  const image = inputTensor(picture)
  const text = (await runModel(session, image)).text
  const stride = image.dims[2] ?? 0
  if (!(text?.data instanceof Uint8Array) || text.data.length !== stride * (image.dims[1] ?? 0))
    throw new PermanentFailure('DETECTION_FAILED', 'The model gave no map of text.')
  const { width, height } = picture
  const least = rawThreshold(threshold, model.calibration)
  const finds = textRegions({ data: text.data, stride, width, height }, TEXT_FROM).flatMap(
    (region): RawDetection[] => {
      const plate = region.score >= least ? plateFromText(region) : undefined
      if (!plate) return []
      const quad = rectangleCorners(plate)
      const score = Math.min(1, calibrated(region.score, model.calibration))
      return [{ class: 'plate', score, box: boundsOf(quad), quad }]
    },
  )
  return suppress(finds, ONE_PLATE)
}
