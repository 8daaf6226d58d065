// Says where a plate lies that several looks saw: where most of them agree, which is not always where the surest saw it.
import type { Box, Quad } from '#schemas/detection-document.ts'
import { intersectionOverUnion } from '../../pure/box-overlap.ts'

export interface PlacedFind {
  readonly score: number
  readonly box: Box
  readonly quad?: Quad | undefined
}

/** Finds of other looks have a say down to so much less than the surest's score, and from this overlap (IoU) with it on. */
const SAY = { lessSure: 0.4, overlap: 0.4 }

/**
 * The find with the place of that one among `all` which overlaps the others most, by their scores (a medoid); of two it is
 * the surer one's. Its own score stays. All in the same pixels.
 */
export function atCommonPlace<T extends PlacedFind>(find: T, all: readonly T[]): T {
  const voices = all.filter(
    (other) =>
      other.score >= find.score - SAY.lessSure && intersectionOverUnion(other.box, find.box) >= SAY.overlap,
  )
  const agreement = ({ box }: T): number =>
    voices.reduce((sum, other) => sum + other.score * intersectionOverUnion(box, other.box), 0)
  const place = voices.reduce((best, other) => (agreement(other) > agreement(best) ? other : best), find)
  return place === find ? find : { ...find, box: place.box, ...(place.quad && { quad: place.quad }) }
}
