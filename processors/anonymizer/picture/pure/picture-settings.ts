// Reads from a job's model choice what is to be found in a picture, how sure a find must be, and how it is hidden.
import type { HidingRules } from '#schemas/hiding-rules.ts'
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
}

export type ReadPictureSettings =
  | { readonly verdict: 'ok'; readonly settings: PictureSettings }
  /** What was asked for and is not there. */
  | { readonly verdict: 'missing'; readonly what: string }

const USUAL_THRESHOLD = 0.5

/** Synthetic faces and plates are not made yet: asked for, they are missing, never silently blurred. */
export function pictureSettings(choice: ModelChoice): ReadPictureSettings {
  if (choice.model === 'blur') {
    const { config } = choice
    return {
      verdict: 'ok',
      settings: {
        faces: config.blur_face,
        plates: config.enable_lp,
        faceThreshold: config.blur_threshold,
        plateThreshold: config.lp_threshold,
        slicing: config.slicing,
        maskBlur: config.mask_blur,
        rules: config,
      },
    }
  }
  const { syntonymize, lp_syntonymize, enable_lp } = choice.config
  if (syntonymize) return { verdict: 'missing', what: 'synthetic faces' }
  if (enable_lp && lp_syntonymize) return { verdict: 'missing', what: 'synthetic plates' }
  const thresholds = { faceThreshold: USUAL_THRESHOLD, plateThreshold: USUAL_THRESHOLD }
  return {
    verdict: 'ok',
    settings: {
      ...{ faces: true, plates: enable_lp, ...thresholds, slicing: false, maskBlur: true },
      rules: choice.config,
    },
  }
}
