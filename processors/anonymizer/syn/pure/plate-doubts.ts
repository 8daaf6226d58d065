// Judges whether a plate's four corners are sure enough to draw a plate there; in doubt it is blurred.
import type { Quad } from '#schemas/detection-document.ts'
import { isConvex } from '../../pure/mask-shape.ts'

export interface PlateForm {
  /** Full-size pixels, means of opposite sides. */
  readonly width: number
  readonly height: number
  readonly rows: 1 | 2
}

const LEAST_WIDTH_PX = 24
const LEAST_HEIGHT_PX = 8
const ASPECT = { least: 0.9, most: 8 }
/** Below so much width for its height a plate has two rows of text. */
const TWO_ROWS_BELOW = 2.3
/** Opposite sides of a plate that can be read are nearly as long. */
const MOST_UNEVEN = 1.8
/** Sine of the least angle at a corner. */
const LEAST_SINE = 0.5

/** Undefined where the corners leave a doubt: not whole in the picture, folded, squeezed or too small. */
export function plateForm(
  quad: Quad | undefined,
  picture: { readonly width: number; readonly height: number },
): PlateForm | undefined {
  if (!quad?.flat().every(Number.isFinite) || !isConvex(quad)) return undefined
  const inside = quad.every(([x, y]) => x >= 0 && y >= 0 && x <= picture.width && y <= picture.height)
  if (!inside) return undefined
  const side = (i: number): readonly [number, number] => {
    const [from, to] = [quad[i % 4] ?? quad[0], quad[(i + 1) % 4] ?? quad[0]]
    return [to[0] - from[0], to[1] - from[1]]
  }
  const lengths = [0, 1, 2, 3].map((i) => Math.hypot(...side(i)))
  const [top = 0, right = 0, bottom = 0, left = 0] = lengths
  const uneven = Math.max(top / bottom, bottom / top, left / right, right / left)
  const sines = [0, 1, 2, 3].map((i) => {
    const [a, b] = [side(i), side(i + 1)]
    return (a[0] * b[1] - a[1] * b[0]) / ((lengths[i] ?? 0) * (lengths[(i + 1) % 4] ?? 0))
  })
  const [width, height] = [(top + bottom) / 2, (left + right) / 2]
  const aspect = width / height
  const sure =
    uneven <= MOST_UNEVEN &&
    Math.min(...sines) >= LEAST_SINE &&
    width >= LEAST_WIDTH_PX &&
    height >= LEAST_HEIGHT_PX &&
    aspect >= ASPECT.least &&
    aspect <= ASPECT.most
  return sure ? { width, height, rows: aspect < TWO_ROWS_BELOW ? 2 : 1 } : undefined
}
