// Looks at a picture with each detector that is asked for, and writes down what was found in displayed pixels.
import type { DetectionDocument } from '#schemas/detection-document.ts'
import type { Detector } from '../detect/detector.ts'
import type { PlateReader } from '../detect/plate-reader.ts'
import { clippedDetection } from '../pure/clipped-detection.ts'
import type { DecodedPicture } from './decoded-picture.ts'
import { findFaces } from './find-faces.ts'
import { findPlates } from './find-plates.ts'
import type { PictureSettings } from './pure/picture-settings.ts'

export interface PictureDetectors {
  readonly face: Detector | undefined
  /** Asked besides the first where `slicing` asks for thoroughness. */
  readonly secondFace?: Detector | undefined
  readonly plate: Detector | undefined
  /** Asked about faint finds of the plate detector. */
  readonly plateReader?: PlateReader | undefined
}

/** @throws {PermanentFailure} DETECTION_FAILED when any look gives no result: then nothing counts as looked at */
export async function detectPicture(
  picture: DecodedPicture,
  settings: PictureSettings,
  detectors: PictureDetectors,
  signal: AbortSignal,
): Promise<DetectionDocument> {
  const { face, plate } = detectors
  const { faceThreshold, plateThreshold, slicing: thorough } = settings
  const secondFace = face && thorough ? detectors.secondFace : undefined
  const faces = face
    ? await findFaces(picture, { face, secondFace, threshold: faceThreshold, thorough }, signal)
    : []
  const reader = plate ? detectors.plateReader : undefined
  const plates = plate
    ? await findPlates(picture, { plate, reader, threshold: plateThreshold, thorough }, signal)
    : []
  const detections = [...faces, ...plates].flatMap((find) => clippedDetection(find, picture) ?? [])
  const used = [face, secondFace, plate, reader].flatMap((detector) => (detector ? [detector] : []))
  return {
    version: 1,
    kind: 'picture',
    width: picture.width,
    height: picture.height,
    rotation: picture.rotation,
    timeBase: null,
    models: used.map(({ modelId, modelSha256 }) => ({ id: modelId, sha256: modelSha256 })),
    thresholds: { face: settings.faceThreshold, plate: settings.plateThreshold },
    frames: [{ frame: 0, pts: 0, looked: true, detections }],
  }
}
