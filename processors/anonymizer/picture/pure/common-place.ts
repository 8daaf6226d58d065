// Says where a plate lies that several looks saw: where most of them agree, which is not always where the surest saw it.
import type { Box, Quad } from '#schemas/detection-document.ts'
import { intersectionOverUnion } from '../../pure/box-overlap.ts'

export interface PlacedFind {
  readonly score: number
  readonly box: Box
  readonly quad?: Quad | undefined
}

/** Finds of other looks have a say down to so much less than the surest's score. */
const LESS_SURE = 0.4

/**
 * The find with the place of that one among `all` which overlaps the others most, by their scores (a medoid); of two it is
 * the surer one's. Its own score stays. All in the same pixels; `oneObject`: overlap (IoU) from which on two finds are one object.
 */
export function atCommonPlace<T extends PlacedFind>(find: T, all: readonly T[], oneObject: number): T {
  const voices = all.filter(
    (other) =>
      other.score >= find.score - LESS_SURE && intersectionOverUnion(other.box, find.box) >= oneObject,
  )
  const agreement = ({ box }: T): number =>
    voices.reduce((sum, other) => sum + other.score * intersectionOverUnion(box, other.box), 0)
  const place = voices.reduce((best, other) => (agreement(other) > agreement(best) ? other : best), find)
  return place === find ? find : { ...find, box: place.box, ...(place.quad && { quad: place.quad }) }
}
