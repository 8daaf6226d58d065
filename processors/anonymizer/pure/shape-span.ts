// Says which columns a shape touches within a band of rows, so that a mask can be filled row by row.
import type { EllipseShape, MaskShape, QuadShape } from './mask-shape.ts'

/** `from` and `to` in full-size pixels, both touched by the shape. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** Upright bounds of a shape in full-size pixels. @throws {RangeError} when the shape is not finite. */
export function shapeBounds(shape: MaskShape): { x1: number; y1: number; x2: number; y2: number } {
  const bounds = shape.kind === 'ellipse' ? ellipseBounds(shape) : quadBounds(shape)
  if (!Object.values(bounds).every(Number.isFinite)) throw new RangeError('a mask shape must be finite')
  return bounds
}

/** The columns that the shape touches anywhere in rows y1 <= y <= y2; undefined where it touches none. */
export function spanInBand(shape: MaskShape, y1: number, y2: number): Span | undefined {
  return shape.kind === 'ellipse' ? ellipseSpan(shape, y1, y2) : quadSpan(shape, y1, y2)
}

/** Second moments of the turned ellipse: half extents along x and y, and how x leans with y. */
function ellipseMoments(shape: EllipseShape): { halfX: number; halfY: number; lean: number } {
  const cos = Math.cos((shape.roll * Math.PI) / 180)
  const sin = Math.sin((shape.roll * Math.PI) / 180)
  const a = shape.rx * shape.rx
  const b = shape.ry * shape.ry
  return {
    halfX: Math.sqrt(a * cos * cos + b * sin * sin),
    halfY: Math.sqrt(a * sin * sin + b * cos * cos),
    lean: (a - b) * sin * cos,
  }
}

function ellipseBounds(shape: EllipseShape): { x1: number; y1: number; x2: number; y2: number } {
  const { halfX, halfY } = ellipseMoments(shape)
  return { x1: shape.cx - halfX, y1: shape.cy - halfY, x2: shape.cx + halfX, y2: shape.cy + halfY }
}

/** A chord's right end is a concave function of y, so its greatest value in a band is at the row nearest to the rightmost point. */
function ellipseSpan(shape: EllipseShape, y1: number, y2: number): Span | undefined {
  const { halfX, halfY, lean } = ellipseMoments(shape)
  const low = Math.max(y1 - shape.cy, -halfY)
  const high = Math.min(y2 - shape.cy, halfY)
  if (low > high || halfX === 0 || halfY === 0) return undefined
  const rightmost = Math.min(Math.max(lean / halfX, low), high)
  const leftmost = Math.min(Math.max(-lean / halfX, low), high)
  const slope = lean / (halfY * halfY)
  const chord = (shape.rx * shape.ry) / halfY
  const half = (y: number): number => chord * Math.sqrt(Math.max(0, 1 - (y / halfY) ** 2))
  return {
    from: shape.cx + slope * leftmost - half(leftmost),
    to: shape.cx + slope * rightmost + half(rightmost),
  }
}

function quadBounds(shape: QuadShape): { x1: number; y1: number; x2: number; y2: number } {
  const xs = shape.corners.map((corner) => corner[0])
  const ys = shape.corners.map((corner) => corner[1])
  return { x1: Math.min(...xs), y1: Math.min(...ys), x2: Math.max(...xs), y2: Math.max(...ys) }
}

/** Looks at all six lines between corners, so that a quad in a wrong order is covered as its hull. */
function quadSpan(shape: QuadShape, y1: number, y2: number): Span | undefined {
  let from = Number.POSITIVE_INFINITY
  let to = Number.NEGATIVE_INFINITY
  for (let i = 0; i < 4; i++) {
    for (let j = i + 1; j < 4; j++) {
      const p = shape.corners[i]
      const q = shape.corners[j]
      if (!p || !q) continue
      const low = Math.max(Math.min(p[1], q[1]), y1)
      const high = Math.min(Math.max(p[1], q[1]), y2)
      if (low > high) continue
      const rise = q[1] - p[1]
      const xAt = (y: number): number => p[0] + ((q[0] - p[0]) * (y - p[1])) / rise
      const ends = rise === 0 ? [p[0], q[0]] : [xAt(low), xAt(high)]
      from = Math.min(from, ...ends)
      to = Math.max(to, ...ends)
    }
  }
  return from > to ? undefined : { from, to }
}
