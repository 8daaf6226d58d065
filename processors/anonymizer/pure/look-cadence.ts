// Says how far apart the looks at a film may lie: far while nothing happens, near as soon as something does.

export interface CadenceRules {
  /** Frames between two looks when something happens, and at most. */
  readonly near: number
  readonly far: number
}

export interface Cadence {
  /** The next look is due so many frames after the last. */
  readonly frames: number
}

export interface LookOutcome {
  /** Everybody seen before was seen again and nobody came. */
  readonly joined: boolean
  /** The weakest overlap of where a known object was expected and where it was found; 1 where nobody is known. */
  readonly steadiness: number
  /** The least sure find of a known object in parts of the threshold; infinite where nobody is known. */
  readonly surest: number
  /** Greatest change of any part of the picture from frame to frame since the last look, 0..1. */
  readonly motion: number
}

export const startCadence = (rules: CadenceRules): Cadence => ({ frames: rules.near })

/** Found on the test films: a still camera's noise stays below .02 in every part of the picture, a person entering is above. */
const CALM_MOTION = 0.02
const STEADY = 0.6
const SURE = 1.2

/** Grows by one frame a look while all is calm; anything else brings it back at once. */
export function nextCadence(cadence: Cadence, outcome: LookOutcome, rules: CadenceRules): Cadence {
  const calm =
    outcome.joined && outcome.steadiness >= STEADY && outcome.surest >= SURE && outcome.motion <= CALM_MOTION
  return calm ? { frames: Math.min(rules.far, cadence.frames + 1) } : startCadence(rules)
}

/** After how many frames a look is due, where `motion` is the greatest since the last one: something that stirs ends the calm. */
export const dueAfter = (cadence: Cadence, motion: number, rules: CadenceRules): number =>
  motion > CALM_MOTION ? rules.near : cadence.frames
