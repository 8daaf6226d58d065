// Turns judged finds into figures: recall, precision, false finds a picture, average precision, and how sure they are.
import type { Judged } from './match-finds.ts'

/** One picture: how much truth counts in it, and its judged finds. */
export interface JudgedPicture {
  readonly measured: number
  readonly finds: readonly Judged[]
}
export interface Figures {
  readonly threshold: number
  readonly recall: number
  readonly precision: number
  readonly falsePerPicture: number
  /** Of the false finds, those narrower than what is measured: most are small faces that nobody labelled. */
  readonly falseTooSmall: number
}

export function figuresAt(pictures: readonly JudgedPicture[], threshold: number, leastWidth = 0): Figures {
  const finds = pictures.flatMap((picture) => picture.finds.filter((find) => find.score >= threshold))
  const right = finds.filter((find) => find.verdict === 'right').length
  const others = finds.filter((find) => find.verdict === 'wrong')
  const wrong = others.length
  const tooSmall = others.filter(({ box }) => box[2] - box[0] < leastWidth).length
  const measured = pictures.reduce((sum, picture) => sum + picture.measured, 0)
  return {
    threshold,
    recall: measured === 0 ? 1 : right / measured,
    precision: right + wrong === 0 ? 1 : right / (right + wrong),
    falsePerPicture: wrong / Math.max(1, pictures.length),
    falseTooSmall: tooSmall / Math.max(1, pictures.length),
  }
}

/** Area under the precision-recall curve, each precision the best at that recall or more (PASCAL VOC 2010). */
export function averagePrecision(pictures: readonly JudgedPicture[]): number {
  const measured = pictures.reduce((sum, picture) => sum + picture.measured, 0)
  const finds = pictures
    .flatMap((picture) => picture.finds.filter((find) => find.verdict !== 'ignored'))
    .toSorted((a, b) => b.score - a.score)
  let right = 0
  const curve = finds.map((find, i) => {
    if (find.verdict === 'right') right++
    return { recall: right / measured, precision: right / (i + 1) }
  })
  let area = 0
  let best = 0
  for (let i = curve.length - 1; i >= 0; i--) {
    const here = curve[i]
    if (!here) continue
    best = Math.max(best, here.precision)
    area += best * (here.recall - (curve[i - 1]?.recall ?? 0))
  }
  return area
}

/** The middle 95 % of a figure when pictures are drawn anew with repetition (bootstrap), from a fixed seed. */
export function bootstrapInterval<T>(
  pictures: readonly T[],
  figure: (drawn: readonly T[]) => number,
  draws = 500,
): readonly [number, number] {
  let state = 1
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  const figures = Array.from({ length: draws }, () =>
    figure(pictures.flatMap(() => pictures[Math.floor(random() * pictures.length)] ?? [])),
  ).toSorted((a, b) => a - b)
  return [figures[Math.floor(draws * 0.025)] ?? 0, figures[Math.floor(draws * 0.975)] ?? 1]
}
