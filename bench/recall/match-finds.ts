// Compares finds with truth: which were found, which were missed, what was found beside them.
import { intersectionOverUnion } from '#anonymizer/pure/box-overlap.ts'
import type { Box, Quad } from '#schemas/detection-document.ts'

export interface Find {
  readonly score: number
  readonly box: Box
  readonly quad?: Quad | undefined
}
export interface Judged extends Find {
  /** `ignored`: it lies on truth too small to be measured. */
  readonly verdict: 'right' | 'wrong' | 'ignored'
  /** Which truth of the picture, for right ones. */
  readonly truth: number | undefined
}

/** Best score first, each truth taken once, at least `iou`. */
export function judgeFinds(
  finds: readonly Find[],
  truth: readonly Box[],
  rules: { readonly iou: number; readonly leastWidth: number },
): readonly Judged[] {
  const taken = new Set<number>()
  return finds
    .toSorted((a, b) => b.score - a.score)
    .map(({ score, box, quad }) => {
      let best: number | undefined
      let overlap = rules.iou
      truth.forEach((other, i) => {
        const shared = taken.has(i) ? 0 : intersectionOverUnion(other, box)
        if (shared >= overlap) {
          best = i
          overlap = shared
        }
      })
      if (best === undefined) return { score, box, quad, verdict: 'wrong', truth: undefined }
      taken.add(best)
      return { score, box, quad, verdict: isMeasured(truth[best], rules) ? 'right' : 'ignored', truth: best }
    })
}

export const isMeasured = (box: Box | undefined, { leastWidth }: { readonly leastWidth: number }): boolean =>
  box !== undefined && box[2] - box[0] >= leastWidth
