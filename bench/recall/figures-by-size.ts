// Splits recall by the width of what was to be found, each with its bootstrap interval, and measures corners of plates.
import type { Box, Quad } from '#schemas/detection-document.ts'
import type { Judged } from './match-finds.ts'
import { bootstrapInterval } from './recall-figures.ts'

/** Width bins, in pixels of the picture; below 12 a face is not asked for, and still told. */
const WIDTHS = [8, 12, 20, 40, 80, 160, Number.POSITIVE_INFINITY]

export interface MeasuredPicture {
  readonly truth: readonly { readonly box: Box; readonly quad?: Quad }[]
  readonly finds: readonly Judged[]
}
export interface SizeFigures {
  /** Pixels: from, and up to but not including (none: no limit). */
  readonly from: number
  readonly to: number | null
  readonly found: number
  readonly all: number
  readonly recall: number
  /** The middle 95 % when pictures are drawn anew. */
  readonly interval: readonly [number, number]
}

export function figuresBySize(
  pictures: readonly MeasuredPicture[],
  threshold: number,
): readonly SizeFigures[] {
  return WIDTHS.slice(0, -1).flatMap((from, i) => {
    const to = WIDTHS[i + 1] ?? Number.POSITIVE_INFINITY
    const counts = pictures
      .map((picture) => countFound(picture, threshold, { from, to }))
      .filter(({ all }) => all > 0)
    const recallOf = (drawn: Readonly<typeof counts>): number => {
      const all = drawn.reduce((sum, each) => sum + each.all, 0)
      return all === 0 ? 1 : drawn.reduce((sum, each) => sum + each.found, 0) / all
    }
    if (counts.length === 0) return []
    const total = (key: 'found' | 'all'): number => counts.reduce((sum, each) => sum + each[key], 0)
    const interval = bootstrapInterval(counts, recallOf)
    const limit = Number.isFinite(to) ? to : null
    return [{ from, to: limit, found: total('found'), all: total('all'), recall: recallOf(counts), interval }]
  })
}

function countFound(
  { truth, finds }: MeasuredPicture,
  threshold: number,
  { from, to }: { readonly from: number; readonly to: number },
): { readonly found: number; readonly all: number } {
  let [found, all] = [0, 0]
  for (const [i, { box }] of truth.entries()) {
    const width = box[2] - box[0]
    if (width < from || width >= to) continue
    all++
    if (finds.some((find) => find.truth === i && find.score >= threshold)) found++
  }
  return { found, all }
}

/**
 * How far the corners of found plates lie from the true ones: mean distance of the four, in parts of the true plate's
 * width (mean of its upper and lower edge). Ascending; empty where the truth has no corners.
 */
export function cornerErrors(pictures: readonly MeasuredPicture[], threshold: number): readonly number[] {
  const errors = pictures.flatMap(({ truth, finds }) =>
    finds.flatMap((find) => {
      const quad = find.truth === undefined ? undefined : truth[find.truth]?.quad
      return quad && find.quad && find.score >= threshold ? [cornerError(find.quad, quad)] : []
    }),
  )
  return errors.toSorted((a, b) => a - b)
}

function cornerError(found: Quad, [a, b, c, d]: Quad): number {
  const apart = (p: readonly [number, number], q: readonly [number, number]): number =>
    Math.hypot(p[0] - q[0], p[1] - q[1])
  const width = (apart(a, b) + apart(d, c)) / 2
  const [p, q, r, s] = found
  return (apart(p, a) + apart(q, b) + apart(r, c) + apart(s, d)) / 4 / width
}
