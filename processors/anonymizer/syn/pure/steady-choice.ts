// Decides along a track whether a face is drawn or blurred, so that it does not flicker between the two.

export interface Steadiness {
  /** Since when every look was sure; undefined while it is in doubt. */
  readonly sureSince: number | undefined
  readonly isDrawn: boolean
  /** So long it must be sure before it is drawn again. */
  readonly waitSeconds: number
}

const FIRST_WAIT_SECONDS = 0.5
/** Each relapse asks for a longer wait: a track changes a few times at most. */
const LONGER = 3

/** A new track is what its first look says; one doubt ends the drawing at once. Seconds: time of the frame in the film. */
export function steadied(
  before: Steadiness | undefined,
  isSure: boolean,
  seconds: number,
): { readonly state: Steadiness; readonly isDrawn: boolean } {
  const state = before ? next(before, isSure, seconds) : first(isSure, seconds)
  return { state, isDrawn: state.isDrawn }
}

const first = (isSure: boolean, seconds: number): Steadiness => ({
  sureSince: isSure ? seconds : undefined,
  isDrawn: isSure,
  waitSeconds: FIRST_WAIT_SECONDS,
})

function next(before: Steadiness, isSure: boolean, seconds: number): Steadiness {
  if (!isSure) {
    const waitSeconds = before.isDrawn ? before.waitSeconds * LONGER : before.waitSeconds
    return { sureSince: undefined, isDrawn: false, waitSeconds }
  }
  const sureSince = before.sureSince ?? seconds
  return { ...before, sureSince, isDrawn: before.isDrawn || seconds - sureSince >= before.waitSeconds }
}
