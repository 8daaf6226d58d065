// Reads from a job's model choice what is to be found in a film and how sure a find must be.
import type { HidingRules } from '#schemas/hiding-rules.ts'
import type { ModelChoice } from '#schemas/model-config.ts'

export interface FilmSettings {
  readonly faces: boolean
  readonly plates: boolean
  /** Scores from which something is hidden, 0..1. */
  readonly faceThreshold: number
  readonly plateThreshold: number
  /** Plates are joined through the film and gaps filled; without, each frame stands for itself. */
  readonly trackPlates: boolean
  /** Looks at tiles of each frame too. */
  readonly slicing: boolean
  /** Masks in the object's own shape; else an ellipse. */
  readonly maskBlur: boolean
  /** Where, and from what size, what was found is hidden. */
  readonly rules: HidingRules
}

export type ReadSettings =
  | { readonly verdict: 'ok'; readonly settings: FilmSettings }
  /** What was asked for and is not there. */
  | { readonly verdict: 'missing'; readonly what: string }

const USUAL: Omit<FilmSettings, 'rules'> = {
  faces: true,
  plates: true,
  faceThreshold: 0.5,
  plateThreshold: 0.5,
  trackPlates: true,
  slicing: false,
  maskBlur: true,
}

/** Synthetic faces and plates are not made in films: asked for, they are missing, never silently blurred. */
export function filmSettings(choice: ModelChoice): ReadSettings {
  if (choice.model === 'blur') {
    const { config } = choice
    return {
      verdict: 'ok',
      settings: {
        faces: config.blur_face,
        plates: config.enable_lp,
        faceThreshold: config.blur_threshold,
        plateThreshold: config.lp_threshold,
        trackPlates: config.lp_track,
        slicing: config.slicing,
        maskBlur: config.mask_blur,
        rules: config,
      },
    }
  }
  const { syntonymize, lp_syntonymize, enable_lp } = choice.config
  if (syntonymize) return { verdict: 'missing', what: 'synthetic faces' }
  if (enable_lp && lp_syntonymize) return { verdict: 'missing', what: 'synthetic plates' }
  return { verdict: 'ok', settings: { ...USUAL, plates: enable_lp, rules: choice.config } }
}
