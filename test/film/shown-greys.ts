// Grey pictures as a film holds them, for tests that draw them.
import type { HeldGreys } from '#anonymizer/film/held-greys.ts'
import type { GreyPicture } from '#anonymizer/pure/patch-match.ts'

/** Pictures by frame, in displayed pixels; undefined where none is held. */
export const shownGreys = (pictures: readonly (GreyPicture | undefined)[]): HeldGreys => ({
  hold: () => undefined,
  letGo: () => undefined,
  grey: (index) => pictures[index],
  toGrey: (box) => box,
  toDisplayed: (box) => box,
  [Symbol.dispose]: () => undefined,
})
