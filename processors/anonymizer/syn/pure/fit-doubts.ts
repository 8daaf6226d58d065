// Judges whether a mesh fits its face so well that a synthetic one may be put there; in doubt the face is blurred.
import type { Box } from '#schemas/detection-document.ts'

export interface FaceFit {
  /** 0..1. */
  readonly presence: number
  /** Movement between two looks, as part of the face's size. */
  readonly drift: number
  /** Full-size pixels of the outline's width, as if seen from the front. */
  readonly widthPx: number
  /** Degrees from straight at the camera. */
  readonly yaw: number
  readonly pitch: number
  /** The outline's bounds and the detector's box, in the same pixels. */
  readonly bounds: Box
  readonly box: Box
  /** Part of the inner ellipse of the detector's box that lies within the outline: the rest would not be replaced. */
  readonly covered: number
  /** Part of the outline's bounds that lies in the picture. */
  readonly visible: number
  /** Mean size of the shape's coordinates in standard deviations; about .8 for a usual face. */
  readonly oddness: number
  /** How unlike in colour the lower half of the face is to the upper, of 255. */
  readonly lowerDifference: number
}

/** Why a face is blurred instead; closed, so that it can be counted. */
export type FitDoubt = 'small' | 'turned' | 'no_fit' | 'cut' | 'occluded' | 'see_through' | 'unsteady'

const LEAST_PRESENCE = 0.6
const MOST_DRIFT = 0.08
export const LEAST_WIDTH_PX = 22
const MOST_YAW = 55
const MOST_PITCH = 40
const LEAST_OVERLAP = 0.4
const LEAST_COVERED = 0.93
const LEAST_VISIBLE = 0.92
const MOST_ODDNESS = 6
/** Of 104 faces of a crowd 78 lie above, all masked, and nine masked ones below; of 113 portraits 4 above. */
const MOST_LOWER_DIFFERENCE = 15

/** Of a face that was sure in the last frame the turn, shape and colours may go so much further: it must not flicker. */
const PATIENCE = 1.12

/**
 * Undefined: no doubt. Anything that is no number is a doubt. `wasSure`: the same face left no doubt in the last frame.
 * How much of the face is covered is asked alike in every frame.
 */
export function fitDoubt(fit: FaceFit, wasSure = false): FitDoubt | undefined {
  const more = wasSure ? PATIENCE : 1
  if (!(fit.presence >= LEAST_PRESENCE) || !(fit.drift <= MOST_DRIFT)) return 'no_fit'
  if (!(fit.oddness <= more * MOST_ODDNESS)) return 'no_fit'
  if (!(overlap(fit.bounds, fit.box) >= LEAST_OVERLAP) || !(fit.covered >= LEAST_COVERED)) return 'no_fit'
  if (!(fit.widthPx * more >= LEAST_WIDTH_PX)) return 'small'
  if (!(Math.abs(fit.yaw) <= more * MOST_YAW) || !(Math.abs(fit.pitch) <= more * MOST_PITCH)) return 'turned'
  if (!(fit.visible >= LEAST_VISIBLE)) return 'cut'
  return fit.lowerDifference <= more * MOST_LOWER_DIFFERENCE ? undefined : 'occluded'
}

/** Intersection over union. */
function overlap(a: Box, b: Box): number {
  const wide = Math.max(0, Math.min(a[2], b[2]) - Math.max(a[0], b[0]))
  const high = Math.max(0, Math.min(a[3], b[3]) - Math.max(a[1], b[1]))
  const area = (box: Box): number => (box[2] - box[0]) * (box[3] - box[1])
  return (wide * high) / Math.max(1e-9, area(a) + area(b) - wide * high)
}

/** Of the box's half sides: the ellipse of which the replacement must cover nearly all. */
const INNER = 0.8
const STEPS = 15

/** Part of the box's inner ellipse that lies within a closed outline, x, y after x, y, by a grid of points. */
export function coveredPart(box: Box, outline: ArrayLike<number>): number {
  const [cx, cy] = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]
  const [rx, ry] = [((box[2] - box[0]) / 2) * INNER, ((box[3] - box[1]) / 2) * INNER]
  let [inside, all] = [0, 0]
  for (let j = 0; j < STEPS; j++) {
    for (let i = 0; i < STEPS; i++) {
      const u = ((i + 0.5) / STEPS) * 2 - 1
      const v = ((j + 0.5) / STEPS) * 2 - 1
      if (u * u + v * v > 1) continue
      all++
      if (isWithin(cx + u * rx, cy + v * ry, outline)) inside++
    }
  }
  return inside / all
}

/** Even-odd rule. */
function isWithin(x: number, y: number, outline: ArrayLike<number>): boolean {
  let within = false
  for (let i = 0, j = outline.length - 2; i < outline.length; j = i, i += 2) {
    const ax = outline[i] ?? 0
    const ay = outline[i + 1] ?? 0
    const bx = outline[j] ?? 0
    const by = outline[j + 1] ?? 0
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) within = !within
  }
  return within
}
