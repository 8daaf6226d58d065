// Reads from a job's model choice what is to be found in a film and how sure a find must be.
import type { HidingRules } from '#schemas/hiding-rules.ts'
import type { HidingStyle } from '#schemas/hiding-style.ts'
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
  /** False leaves all sound out. */
  readonly sound: boolean
  /** Where, and from what size, what was found is hidden. */
  readonly rules: HidingRules
  /** By what, and how far beyond the object; the usual where absent. */
  readonly style?: HidingStyle
}

const USUAL: Omit<FilmSettings, 'rules' | 'sound'> = {
  faces: true,
  plates: true,
  faceThreshold: 0.5,
  plateThreshold: 0.5,
  trackPlates: true,
  slicing: false,
  maskBlur: true,
}

/** What is made of a find (a blur or something synthetic) is read by `synChoice`. */
export function filmSettings(choice: ModelChoice): FilmSettings {
  const sound = choice.config.drop_audio !== true
  if (choice.model === 'syn')
    return { ...USUAL, plates: choice.config.enable_lp, sound, rules: choice.config }
  const { config } = choice
  return {
    faces: config.blur_face,
    plates: config.enable_lp,
    faceThreshold: config.blur_threshold,
    plateThreshold: config.lp_threshold,
    trackPlates: config.lp_track,
    slicing: config.slicing,
    maskBlur: config.mask_blur,
    sound,
    rules: config,
    style: config,
  }
}
