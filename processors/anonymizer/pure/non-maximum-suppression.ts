// Keeps one find per object: of finds of one class that overlap too much, the surest.
import type { Box } from '#schemas/detection-document.ts'
import { intersectionOverUnion, partOfSmaller } from './box-overlap.ts'

export interface Suppression {
  /** Two finds that overlap by at least this much (IoU) are one object. */
  readonly iou: number
  /**
   * Where looks at several sizes are merged, a part of an object may be found beside the whole: a weaker find whose
   * smaller-box overlap is at least this is dropped too. 1.01 switches it off.
   */
  readonly contained: number
  /** A surer find that is only a part of a larger one does not drop the larger one: both stay. */
  readonly wholeStays?: boolean
}

/** Greedy non-maximum suppression, best score first; equal scores in the order given. */
export function suppress<T extends { readonly class: string; readonly score: number; readonly box: Box }>(
  finds: readonly T[],
  { iou, contained, wholeStays = false }: Suppression,
): readonly T[] {
  const kept: T[] = []
  for (const find of finds.toSorted((a, b) => b.score - a.score)) {
    const known = kept.some(
      (better) =>
        better.class === find.class &&
        (intersectionOverUnion(better.box, find.box) >= iou ||
          (contained <= 1 &&
            !(wholeStays && areaOf(find.box) > areaOf(better.box)) &&
            partOfSmaller(better.box, find.box) >= contained)),
    )
    if (!known) kept.push(find)
  }
  return kept
}

const areaOf = ([x1, y1, x2, y2]: Box): number => (x2 - x1) * (y2 - y1)
