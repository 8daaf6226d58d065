// Hides what a detection document names in a decoded picture, in place, and gives the file's new bytes.
import { PermanentFailure } from '#runtime/failure.ts'
import type { DetectionDocument, FrameDetections } from '#schemas/detection-document.ts'
import type { HidingStyle } from '#schemas/hiding-style.ts'
import { hideShapes } from '../hide/hide-shapes.ts'
import { hidingOf } from '../hide/hiding-of.ts'
import type { Synthesizer } from '../syn/synthesizer.ts'
import { type DecodedPicture, hasAlpha, planesOf } from './decoded-picture.ts'
import { encodePicture } from './encode-picture.ts'
import { alphaVaries } from './look-picture.ts'

export interface PictureMasks {
  /** Masks in the object's own shape; else an ellipse. */
  readonly maskBlur: boolean
  readonly style?: HidingStyle
}

/**
 * Changes `picture.data`.
 * @throws {PermanentFailure} RENDER_FAILED when the document belongs to another picture, OUTPUT_UNVERIFIED
 */
export async function renderPicture(
  picture: DecodedPicture,
  document: DetectionDocument,
  masks: PictureMasks,
  synthesizer?: Synthesizer,
): Promise<Uint8Array> {
  if (synthesizer) await synthesizeInPicture(picture, document, synthesizer)
  else hideInPicture(picture, document, masks)
  return encodePicture(picture)
}

/**
 * Puts synthetic faces and plates in place of the real ones, in place. Where alpha varies, and so may draw the face,
 * all is blurred, colours and alpha.
 * @throws {PermanentFailure} RENDER_FAILED when the document belongs to another picture, DETECTION_FAILED
 */
export async function synthesizeInPicture(
  picture: DecodedPicture,
  document: DetectionDocument,
  synthesizer: Synthesizer,
): Promise<void> {
  const { detections } = frameOf(picture, document)
  if (detections.length > 0 && hasAlpha(picture) && alphaVaries(picture)) {
    synthesizer.blurredInstead(detections)
    hideInPicture(picture, document, { maskBlur: true })
    return
  }
  const planes = planesOf(picture, 'colours')
  const items = detections.map((detection) => ({ detection, hiding: hidingOf(detection, true) }))
  await synthesizer.hide(
    {
      planes,
      colours: planes.length === 1 ? 'grey' : 'rgb',
      peak: picture.data instanceof Uint16Array ? 65535 : 255,
      width: picture.width,
      height: picture.height,
    },
    items,
  )
}

function frameOf(picture: DecodedPicture, document: DetectionDocument): FrameDetections {
  const frame = document.frames[0]
  if (document.width !== picture.width || document.height !== picture.height || !frame)
    throw new PermanentFailure('RENDER_FAILED', 'The detection document belongs to another picture.')
  return frame
}

/**
 * Colours lose every sample of a mask; alpha too where it varies, since it may draw the face. In place.
 * @throws {PermanentFailure} RENDER_FAILED when the document belongs to another picture
 */
export function hideInPicture(
  picture: DecodedPicture,
  document: DetectionDocument,
  { maskBlur, style }: PictureMasks,
): void {
  const frame = frameOf(picture, document)
  const hidings = frame.detections.map((detection) => hidingOf(detection, maskBlur, style))
  const alpha =
    hidings.length > 0 && hasAlpha(picture) && alphaVaries(picture) ? planesOf(picture, 'alpha') : []
  hideShapes([...planesOf(picture, 'colours'), ...alpha], hidings)
}
