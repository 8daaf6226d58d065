// Says what region must be hidden for a detection: an ellipse or a convex quad that covers all of the object.
import type { Box, Detection, Quad } from '#schemas/detection-document.ts'

/** In displayed pixels of the full-size picture. `roll` in degrees, clockwise on the screen. */
export interface EllipseShape {
  readonly kind: 'ellipse'
  readonly cx: number
  readonly cy: number
  readonly rx: number
  readonly ry: number
  readonly roll: number
}

/** Convex; corners in order around the shape. Where they are not convex, their convex hull is meant. */
export interface QuadShape {
  readonly kind: 'quad'
  readonly corners: Quad
}

export type MaskShape = EllipseShape | QuadShape

/**
 * Detector boxes run from the upper forehead to the chin and from cheek to cheek. The ellipse through the box's
 * corners already adds .21 of each side in the middle of every edge (hairline, chin, ears); this goes on top, for
 * the detector's own error (2 to 4 % of a side at IoU .85).
 */
const FACE_MARGIN = 1.06
/** Height by width of a head seen from any side; outside of it a box says more about the crop than the head. */
const HEAD_ASPECT_MIN = 1
const HEAD_ASPECT_MAX = 1.5
/**
 * Of the plate's width, added on each of the four sides. Our detector's corners are off by .05 of the width (median,
 * plates/corners, never trained on); each plate found there is then covered whole, and .05 covers all but one to 99 %.
 */
const PLATE_MARGIN = 0.12
/** Pixels added on each side whatever the size: a detector is never surer than its own grid. */
const LEAST_MARGIN_PX = 1.5

const DEGREE = Math.PI / 180

/**
 * The region to hide for one detection. With `maskBlur` a face gets a head-shaped ellipse turned by its roll and a
 * plate its own enlarged quad; without, each gets an upright ellipse around its box. All of the box (of a plate with
 * a quad: all of the quad) lies inside in every case.
 */
export function maskShapeOf(
  detection: Pick<Detection, 'class' | 'box' | 'quad' | 'roll'>,
  maskBlur: boolean,
): MaskShape {
  if (!maskBlur) return ellipseAround(grown(detection.box, LEAST_MARGIN_PX), FACE_MARGIN, 0, undefined)
  if (detection.class === 'face') return headShape(detection.box, detection.roll ?? 0)
  return plateShape(detection.quad ?? cornersOf(detection.box))
}

function headShape(box: Box, roll: number): EllipseShape {
  const wanted = (box[3] - box[1]) / Math.max(box[2] - box[0], 1e-6)
  const aspect = Math.min(Math.max(wanted, HEAD_ASPECT_MIN), HEAD_ASPECT_MAX)
  const upright = Math.abs(roll) < 1e-3
  return ellipseAround(grown(box, LEAST_MARGIN_PX), FACE_MARGIN, roll, upright ? undefined : aspect)
}

/** The smallest ellipse of this roll and aspect (box's own aspect if none) around the box's centre through its corners, times `margin`. */
function ellipseAround(box: Box, margin: number, roll: number, aspect: number | undefined): EllipseShape {
  const halfWidth = (box[2] - box[0]) / 2
  const halfHeight = (box[3] - box[1]) / 2
  const ratio = aspect ?? halfHeight / Math.max(halfWidth, 1e-6)
  const cos = Math.cos(roll * DEGREE)
  const sin = Math.sin(roll * DEGREE)
  const reach = (x: number, y: number): number => Math.hypot(x * cos + y * sin, (y * cos - x * sin) / ratio)
  const rx = Math.max(reach(halfWidth, halfHeight), reach(halfWidth, -halfHeight)) * margin
  return {
    kind: 'ellipse',
    cx: (box[0] + box[2]) / 2,
    cy: (box[1] + box[3]) / 2,
    rx,
    ry: rx * ratio,
    roll,
  }
}

function plateShape(quad: Quad): QuadShape {
  const [a, b, c, d] = quad
  const along = unit(b[0] - a[0] + c[0] - d[0], b[1] - a[1] + c[1] - d[1])
  const down = unit(d[0] - a[0] + c[0] - b[0], d[1] - a[1] + c[1] - b[1])
  const width = Math.max(Math.hypot(b[0] - a[0], b[1] - a[1]), Math.hypot(c[0] - d[0], c[1] - d[1]))
  const margin = width * PLATE_MARGIN + LEAST_MARGIN_PX
  const moved = (p: readonly [number, number], sx: number, sy: number): [number, number] => [
    p[0] + margin * (sx * along[0] + sy * down[0]),
    p[1] + margin * (sx * along[1] + sy * down[1]),
  ]
  const corners: Quad = [moved(a, -1, -1), moved(b, 1, -1), moved(c, 1, 1), moved(d, -1, 1)]
  return { kind: 'quad', corners: isConvex(quad) ? corners : cornersOf(grown(boundsOf(quad), margin)) }
}

function unit(x: number, y: number): readonly [number, number] {
  const length = Math.hypot(x, y)
  return length < 1e-9 ? [0, 0] : [x / length, y / length]
}

/** The shape about its own middle, `scale` times as wide and as high. */
export function scaledShape(shape: MaskShape, scale: number): MaskShape {
  if (scale === 1) return shape
  if (shape.kind === 'ellipse') return { ...shape, rx: shape.rx * scale, ry: shape.ry * scale }
  const middle = (axis: 0 | 1): number => shape.corners.reduce((sum, corner) => sum + corner[axis], 0) / 4
  const [cx, cy] = [middle(0), middle(1)]
  const moved = ([x, y]: readonly [number, number]): [number, number] => [
    cx + (x - cx) * scale,
    cy + (y - cy) * scale,
  ]
  const [a, b, c, d] = shape.corners
  return { kind: 'quad', corners: [moved(a), moved(b), moved(c), moved(d)] }
}

/** True when the corners run clockwise on the screen and turn the same way at each corner. */
export function isConvex(quad: Quad): boolean {
  return quad.every((corner, i) => {
    const next = quad[(i + 1) % 4] ?? corner
    const after = quad[(i + 2) % 4] ?? corner
    return (next[0] - corner[0]) * (after[1] - next[1]) - (next[1] - corner[1]) * (after[0] - next[0]) > 0
  })
}

/** The smallest upright box around a quad. */
export function boundsOf(quad: Quad): Box {
  const xs = quad.map((corner) => corner[0])
  const ys = quad.map((corner) => corner[1])
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)]
}

/** A box's corners, clockwise from the top left. */
export const cornersOf = (box: Box): Quad => [
  [box[0], box[1]],
  [box[2], box[1]],
  [box[2], box[3]],
  [box[0], box[3]],
]

const grown = (box: Box, by: number): Box => [box[0] - by, box[1] - by, box[2] + by, box[3] + by]
