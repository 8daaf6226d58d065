// Looks at a picture with each detector that is asked for, and writes down what was found in displayed pixels.
import type { Detection, DetectionDocument } from '#schemas/detection-document.ts'
import type { Detector, RawDetection } from '../detect/detector.ts'
import { clippedDetection } from '../pure/clipped-detection.ts'
import { backFromLook, isCutBy, type Look } from '../pure/look.ts'
import { suppress } from '../pure/non-maximum-suppression.ts'
import type { DecodedPicture } from './decoded-picture.ts'
import { appearances, lookPicture } from './look-picture.ts'
import { looksFor } from './pure/look-sizes.ts'
import type { PictureSettings } from './pure/picture-settings.ts'

/** Where several looks see one object, their boxes differ more than those of one look. */
const ONE_OBJECT = { iou: 0.4, contained: 0.75 }

export interface PictureDetectors {
  readonly face: Detector | undefined
  readonly plate: Detector | undefined
}

/** @throws {PermanentFailure} DETECTION_FAILED when any look gives no result: then nothing counts as looked at */
export async function detectPicture(
  picture: DecodedPicture,
  settings: PictureSettings,
  detectors: PictureDetectors,
  signal: AbortSignal,
): Promise<DetectionDocument> {
  const faces = await findAll(picture, settings, { kind: 'face', detector: detectors.face }, signal)
  const plates = await findAll(picture, settings, { kind: 'plate', detector: detectors.plate }, signal)
  const used = [detectors.face, detectors.plate].flatMap((detector) => (detector ? [detector] : []))
  return {
    version: 1,
    kind: 'picture',
    width: picture.width,
    height: picture.height,
    rotation: picture.rotation,
    timeBase: null,
    models: used.map(({ modelId, modelSha256 }) => ({ id: modelId, sha256: modelSha256 })),
    thresholds: { face: settings.faceThreshold, plate: settings.plateThreshold },
    frames: [{ frame: 0, pts: 0, looked: true, detections: [...faces, ...plates] }],
  }
}

interface Search {
  readonly kind: 'face' | 'plate'
  /** Undefined where this class is not asked for. */
  readonly detector: Detector | undefined
}

async function findAll(
  picture: DecodedPicture,
  settings: PictureSettings,
  { kind, detector }: Search,
  signal: AbortSignal,
): Promise<readonly Detection[]> {
  if (!detector) return []
  const threshold = kind === 'face' ? settings.faceThreshold : settings.plateThreshold
  const looks = looksFor(
    detector.lookKind ?? (kind === 'face' ? 'face' : 'plate-quad'),
    picture,
    settings.slicing,
  )
  const seen = appearances(picture)
  const finds: RawDetection[] = []
  for (const { look, leastWidth } of looks) {
    for (const appearance of seen) {
      signal.throwIfAborted()
      const found = await detector.detect(await lookPicture(picture, look, appearance), threshold)
      const wide = found.filter(({ box }) => box[2] - box[0] >= leastWidth)
      finds.push(...ofThisLook(wide, look, picture))
    }
  }
  const merged = looks.length * seen.length > 1 ? suppress(finds, ONE_OBJECT) : finds
  return merged.flatMap((find) => clippedDetection(find, picture) ?? [])
}

/** In picture pixels. What a tile cuts is left to its neighbour, unless it is larger than they share: the whole look has it. */
function ofThisLook(
  found: readonly RawDetection[],
  look: Look,
  picture: DecodedPicture,
): readonly RawDetection[] {
  return found.map((find) => backFromLook(look, find)).filter((find) => !isCutBy(look, find.box, picture))
}
