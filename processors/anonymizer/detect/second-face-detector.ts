// Finds faces with RetinaFace, as prepared by models/prepare/repair-retinaface.ts: a second opinion, independent of the first.
import type { InferenceSession, Tensor } from 'onnxruntime-node'
import { PermanentFailure } from '#runtime/failure.ts'
import { calibrated, rawThreshold } from '../pure/calibration.ts'
import { anchorBox, anchorOf, anchorPoints } from '../pure/face-anchor.ts'
import { faceExtent } from '../pure/face-extent.ts'
import { faceRoll } from '../pure/face-roll.ts'
import { suppress } from '../pure/non-maximum-suppression.ts'
import type { Detector, DetectorModel, RawDetection, RgbPicture } from './detector.ts'
import { type InferenceOptions, openPictureModel } from './inference-session.ts'
import { floatsOf, inputTensor, sound } from './model-input.ts'
import { runModel } from './run-model.ts'

const OUTPUTS = ['scores', 'anchors', 'places', 'points']
/** Faces side by side in a crowd overlap by less; the anchors that lie on one face by more. */
const ONE_FACE = { iou: 0.3, contained: 1.01 }

export interface SecondFaceDetector extends Detector {
  /** As `detect`, with the five points of each face: x, y of right eye, left eye, nose, right and left mouth corner. */
  detectWithPoints(picture: RgbPicture, threshold: number): Promise<readonly FaceWithPoints[]>
}
export interface FaceWithPoints extends RawDetection {
  readonly points: readonly number[]
}

/** @throws {PermanentFailure} MODEL_NOT_AVAILABLE */
export async function createSecondFaceDetector(
  model: DetectorModel,
  options: InferenceOptions,
): Promise<SecondFaceDetector> {
  const session = await openPictureModel(model.bytes, OUTPUTS, options)
  const find = (picture: RgbPicture, threshold: number) => findFaces(session, model, picture, threshold)
  return {
    modelId: model.id,
    modelSha256: model.sha256,
    lookKind: 'second-face',
    detect: async (picture, threshold) =>
      (await find(picture, threshold)).map(({ points: _, ...detection }) => detection),
    detectWithPoints: find,
    async [Symbol.asyncDispose]() {
      await session.release()
    },
  }
}

async function findFaces(
  session: InferenceSession,
  model: DetectorModel,
  picture: RgbPicture,
  threshold: number,
): Promise<readonly FaceWithPoints[]> {
  const image = inputTensor(picture)
  const [, height = 0, width = 0] = image.dims
  const outputs = await runModel(session, image)
  const scores = floatsOf(outputs, 'scores')
  const anchors = anchorsOf(outputs)
  const places = floatsOf(outputs, 'places')
  const points = floatsOf(outputs, 'points')
  const least = rawThreshold(threshold, model.calibration)
  const finds: FaceWithPoints[] = []
  for (let i = 0; i < scores.length && sound(scores[i]) >= least; i++) {
    const anchor = anchorOf(Number(anchors[i]), { width, height })
    if (!anchor) throw new PermanentFailure('DETECTION_FAILED', 'The model named an anchor that is none.')
    const five = anchorPoints(anchor, points, i * 10)
    const roll = sound(faceRoll(five))
    const [x1, y1, x2, y2] = faceExtent(anchorBox(anchor, places, i * 4), roll)
    finds.push({
      class: 'face',
      score: Math.min(1, calibrated(sound(scores[i]), model.calibration)),
      box: [sound(x1), sound(y1), sound(x2), sound(y2)],
      roll,
      points: five,
    })
  }
  return suppress(finds, ONE_FACE)
}

function anchorsOf(outputs: Readonly<Record<string, Tensor | undefined>>): BigInt64Array {
  const data = outputs.anchors?.data
  if (data instanceof BigInt64Array) return data
  throw new PermanentFailure('DETECTION_FAILED', 'The model gave no output named anchors.')
}
