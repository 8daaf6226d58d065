// Tells from a face's mesh whether mouth and eyes are open.
import type { FoundMesh } from '#anonymizer/syn/face-mesh.ts'

export interface Mood {
  /** Height of an opening by its width. */
  readonly mouth: number
  readonly eyes: number
}

/** Points above and below, and at both ends, of the inner lips, the right and the left eye. */
const OPENINGS = { mouth: [13, 14, 78, 308], right: [159, 145, 33, 133], left: [386, 374, 263, 362] } as const
const OPEN_MOUTH = 0.06
const OPEN_EYE = 0.14

export function moodOf({ points }: Pick<FoundMesh, 'points'>): Mood {
  const between = (a: number, b: number): number =>
    Math.hypot(
      (points[a * 3] ?? 0) - (points[b * 3] ?? 0),
      (points[a * 3 + 1] ?? 0) - (points[b * 3 + 1] ?? 0),
    )
  const ratio = ([above, below, from, to]: readonly [number, number, number, number]): number =>
    between(above, below) / Math.max(1e-6, between(from, to))
  return { mouth: ratio(OPENINGS.mouth), eyes: (ratio(OPENINGS.right) + ratio(OPENINGS.left)) / 2 }
}

/** Within this part of the limit nobody can tell whether something is open. */
const UNSURE = 0.4

/** Undefined where the original is neither clearly open nor clearly shut. */
const same = (was: number, now: number, limit: number): boolean | undefined =>
  Math.abs(was - limit) < UNSURE * limit ? undefined : was > limit === now > limit

export const sameMouth = (was: Mood, now: Mood): boolean | undefined => same(was.mouth, now.mouth, OPEN_MOUTH)
export const sameEyes = (was: Mood, now: Mood): boolean | undefined => same(was.eyes, now.eyes, OPEN_EYE)
