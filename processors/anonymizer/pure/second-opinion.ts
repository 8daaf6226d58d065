// Joins what two independent detectors found in one picture: what both see counts more than what one sees.
import type { Box } from '#schemas/detection-document.ts'
import { intersectionOverUnion } from './box-overlap.ts'

export interface Opinion {
  /** In the user's scale. */
  readonly score: number
  /** Of the whole picture. */
  readonly box: Box
}

/**
 * Measured on the even half of faces/crowd: with these numbers the default threshold keeps its meaning (four in five
 * right). Weight of the second detector's word where the first has spoken, and where it has not.
 */
const SECOND_WEIGHT = 0.5
const SECOND_ALONE = 0.7
/** Two finds that overlap by at least this much are of one object. */
const ONE_OBJECT_IOU = 0.4

/**
 * Every find of the first, surer where the second agrees (noisy-or: 1 - (1 - a)(1 - b/2)) and with a box between both
 * (weighted boxes fusion, Solovyev et al., 2021); and every find of the second alone, less sure. What `first` says
 * besides score and box is kept.
 */
export function joinOpinions<T extends Opinion>(first: readonly T[], second: readonly T[]): readonly T[] {
  const left = new Set(second)
  const joined = first.map((find) => {
    const other = bestOverlap(find, left)
    if (!other) return find
    left.delete(other)
    return { ...find, score: bothSee(find.score, other.score), box: between(find, other) }
  })
  return [...joined, ...[...left].map((find) => ({ ...find, score: find.score * SECOND_ALONE }))]
}

/** What both detectors are asked for, so that two faint finds can make a sure one. */
const FAINT = 0.1

/** The least score that a find of either may have and still count, with the other's help, at `threshold`. */
export const leastOpinion = (threshold: number): number => Math.min(threshold, FAINT)

function bestOverlap<T extends Opinion>(find: T, others: ReadonlySet<T>): T | undefined {
  let best: T | undefined
  let most = ONE_OBJECT_IOU
  for (const other of others) {
    const shared = intersectionOverUnion(find.box, other.box)
    if (shared < most) continue
    best = other
    most = shared
  }
  return best
}

const bothSee = (first: number, second: number): number => 1 - (1 - first) * (1 - SECOND_WEIGHT * second)

function between(first: Opinion, second: Opinion): Box {
  const weight = second.score * SECOND_WEIGHT
  const part = first.score + weight === 0 ? 0 : weight / (first.score + weight)
  const mixed = (a: number, b: number): number => a + (b - a) * part
  const [a, b] = [first.box, second.box]
  return [mixed(a[0], b[0]), mixed(a[1], b[1]), mixed(a[2], b[2]), mixed(a[3], b[3])]
}
