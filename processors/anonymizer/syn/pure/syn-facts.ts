// Says in a report what was replaced and what was blurred instead, and why.
import type { FitDoubt } from './fit-doubts.ts'

/** Sightings: a face in a hundred frames counts a hundred times. */
export interface SynCounts {
  facesReplaced: number
  platesReplaced: number
  platesBlurred: number
  /** How often the face of a track went from synthetic to blurred or back: each is seen in the film. */
  facesSwitched: number
  readonly facesBlurred: Record<FitDoubt, number>
}

export const noSynCounts = (): SynCounts => ({
  facesReplaced: 0,
  platesReplaced: 0,
  platesBlurred: 0,
  facesSwitched: 0,
  facesBlurred: { small: 0, turned: 0, no_fit: 0, cut: 0, occluded: 0, see_through: 0, unsteady: 0 },
})

/** Plain facts of the report. Reasons that did not occur are left out. */
export function synFacts(counts: SynCounts): Readonly<Record<string, number>> {
  const reasons = Object.entries(counts.facesBlurred).filter(([, count]) => count > 0)
  return {
    faces_synthetic: counts.facesReplaced,
    faces_blurred_instead: reasons.reduce((sum, [, count]) => sum + count, 0),
    ...Object.fromEntries(reasons.map(([why, count]) => [`faces_blurred_${why}`, count])),
    plates_synthetic: counts.platesReplaced,
    plates_blurred_instead: counts.platesBlurred,
    ...(counts.facesSwitched > 0 ? { faces_switched: counts.facesSwitched } : {}),
  }
}
