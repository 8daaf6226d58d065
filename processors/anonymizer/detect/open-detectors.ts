// Opens the detectors that the product runs with, from models whose bytes were checked.
import type { Detector, DetectorModel } from './detector.ts'
import { createFaceDetector } from './face-detector.ts'
import type { InferenceOptions } from './inference-session.ts'
import { createPlateQuadDetector } from './plate-quad-detector.ts'
import { type PlateReader, plateReaderWhenAsked } from './plate-reader.ts'
import { createPlateTextDetector } from './plate-text-detector.ts'
import { createSecondFaceDetector, type SecondFaceDetector } from './second-face-detector.ts'

/** What the model store loads; see models/model-store.ts. */
export interface DetectorModels {
  readonly faces: DetectorModel
  readonly secondFaces: DetectorModel
  readonly plates: { readonly kind: 'quad' | 'text'; readonly model: DetectorModel }
  readonly plateText: DetectorModel
}
export interface Detectors extends AsyncDisposable {
  readonly face: Detector
  /** Independent of the first; for leak checks, and where thoroughness is asked for. Opened when it is first asked. */
  readonly secondFace: SecondFaceDetector
  readonly plate: Detector
  /** Opened when it is first asked. */
  readonly plateReader: PlateReader
}

/** @throws {PermanentFailure} MODEL_NOT_AVAILABLE */
export async function openDetectors(models: DetectorModels, options: InferenceOptions): Promise<Detectors> {
  await using opened = new AsyncDisposableStack()
  const face = opened.use(await createFaceDetector(models.faces, options))
  const secondFace = opened.use(secondFaceWhenAsked(models.secondFaces, options))
  const createPlates = models.plates.kind === 'quad' ? createPlateQuadDetector : createPlateTextDetector
  const plate = opened.use(await createPlates(models.plates.model, options))
  const plateReader = opened.use(plateReaderWhenAsked(models.plateText, options))
  const owned = opened.move()
  return { face, secondFace, plate, plateReader, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

/** Most work never asks it, and opening it costs 15 CPU-ms. A model that cannot be opened is told by the first look. */
function secondFaceWhenAsked(model: DetectorModel, options: InferenceOptions): SecondFaceDetector {
  let opening: Promise<SecondFaceDetector> | undefined
  const opened = (): Promise<SecondFaceDetector> => {
    opening ??= createSecondFaceDetector(model, options)
    return opening
  }
  return {
    modelId: model.id,
    modelSha256: model.sha256,
    lookKind: 'second-face',
    detect: async (picture, threshold) => (await opened()).detect(picture, threshold),
    detectWithPoints: async (picture, threshold) => (await opened()).detectWithPoints(picture, threshold),
    async [Symbol.asyncDispose]() {
      await (await opening?.catch(() => undefined))?.[Symbol.asyncDispose]()
    },
  }
}
