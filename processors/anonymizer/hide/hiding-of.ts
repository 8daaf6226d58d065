// Says for a detection which region is hidden and by what, in the style that was asked for.
import type { Detection } from '#schemas/detection-document.ts'
import type { HidingStyle } from '#schemas/hiding-style.ts'
import { maskShapeOf, scaledShape } from '../pure/mask-shape.ts'
import { FACE_HIDING, PLATE_HIDING } from './hide-shape.ts'
import type { Hiding } from './hide-shapes.ts'

/** In displayed pixels. Whatever the style, the mask is no smaller and its cells are no finer than usual. */
export function hidingOf(detection: Detection, maskBlur: boolean, style: HidingStyle = {}): Hiding {
  const usual = detection.class === 'face' ? FACE_HIDING : PLATE_HIDING
  return {
    shape: scaledShape(maskShapeOf(detection, maskBlur), style.mask_scale ?? 1),
    options: { ...usual, method: style.hide_by ?? usual.method },
  }
}
