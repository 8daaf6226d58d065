// Hides what a detection document names in a decoded picture, in place, and gives the file's new bytes.
import { PermanentFailure } from '#runtime/failure.ts'
import type { Detection, DetectionDocument } from '#schemas/detection-document.ts'
import { FACE_HIDING, PLATE_HIDING } from '../hide/hide-shape.ts'
import { type Hiding, hideShapes } from '../hide/hide-shapes.ts'
import { maskShapeOf } from '../pure/mask-shape.ts'
import { type DecodedPicture, hasAlpha, planesOf } from './decoded-picture.ts'
import { encodePicture } from './encode-picture.ts'
import { alphaVaries } from './look-picture.ts'

/**
 * Changes `picture.data`.
 * @throws {PermanentFailure} RENDER_FAILED when the document belongs to another picture, OUTPUT_UNVERIFIED
 */
export async function renderPicture(
  picture: DecodedPicture,
  document: DetectionDocument,
  maskBlur: boolean,
): Promise<Uint8Array> {
  hideInPicture(picture, document, maskBlur)
  return encodePicture(picture)
}

/**
 * Colours lose every sample of a mask; alpha too where it varies, since it may draw the face. In place.
 * @throws {PermanentFailure} RENDER_FAILED when the document belongs to another picture
 */
export function hideInPicture(picture: DecodedPicture, document: DetectionDocument, maskBlur: boolean): void {
  const frame = document.frames[0]
  if (document.width !== picture.width || document.height !== picture.height || !frame)
    throw new PermanentFailure('RENDER_FAILED', 'The detection document belongs to another picture.')
  const hidings = frame.detections.map((detection) => hidingOf(detection, maskBlur))
  const alpha =
    hidings.length > 0 && hasAlpha(picture) && alphaVaries(picture) ? planesOf(picture, 'alpha') : []
  hideShapes([...planesOf(picture, 'colours'), ...alpha], hidings)
}

export const hidingOf = (detection: Detection, maskBlur: boolean): Hiding => ({
  shape: maskShapeOf(detection, maskBlur),
  options: detection.class === 'face' ? FACE_HIDING : PLATE_HIDING,
})
