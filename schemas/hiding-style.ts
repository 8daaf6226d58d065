// The settings that say how what was found is hidden: by blur, mosaic or one colour, and how far beyond the object.
import { z } from 'zod'

export const HIDING_METHODS = ['blur', 'mosaic', 'solid'] as const
export const MOST_MASK_SCALE = 3

/** Keys of a model configuration; an absent one means the usual. */
export const hidingStyleShape = {
  hide_by: z.enum(HIDING_METHODS).optional(),
  /** The mask's width and height in parts of the usual ones; it is never smaller than usual. */
  mask_scale: z.preprocess(
    (value) => (typeof value === 'string' && value.trim() !== '' ? Number(value) : value),
    z.number().min(1).max(MOST_MASK_SCALE).optional(),
  ),
}

export interface HidingStyle {
  readonly hide_by?: (typeof HIDING_METHODS)[number] | undefined
  readonly mask_scale?: number | undefined
}
