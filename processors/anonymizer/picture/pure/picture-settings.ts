// Reads from a job's model choice what is to be found in a picture, how sure a find must be, and how it is hidden.
import type { HidingRules } from '#schemas/hiding-rules.ts'
import type { HidingStyle } from '#schemas/hiding-style.ts'
import type { ModelChoice } from '#schemas/model-config.ts'

export interface PictureSettings {
  readonly faces: boolean
  readonly plates: boolean
  /** Scores from which something is hidden, 0..1. */
  readonly faceThreshold: number
  readonly plateThreshold: number
  /** Looks at tiles of the picture too. */
  readonly slicing: boolean
  /** Masks in the object's own shape; else an ellipse. */
  readonly maskBlur: boolean
  /** Where, and from what size, what was found is hidden. */
  readonly rules: HidingRules
  /** By what, and how far beyond the object; the usual where absent. */
  readonly style?: HidingStyle
}

const USUAL_THRESHOLD = 0.5

/** What is made of a find (a blur or something synthetic) is read by `synChoice`. */
export function pictureSettings(choice: ModelChoice): PictureSettings {
  if (choice.model === 'blur') {
    const { config } = choice
    return {
      faces: config.blur_face,
      plates: config.enable_lp,
      faceThreshold: config.blur_threshold,
      plateThreshold: config.lp_threshold,
      slicing: config.slicing,
      maskBlur: config.mask_blur,
      rules: config,
      style: config,
    }
  }
  return {
    faces: true,
    plates: choice.config.enable_lp,
    faceThreshold: USUAL_THRESHOLD,
    plateThreshold: USUAL_THRESHOLD,
    slicing: false,
    maskBlur: true,
    rules: choice.config,
  }
}
