// Says how much of each labelled plate the masks hide, and how much larger than the plate its own mask is.
import { maskShapeOf } from '#anonymizer/pure/mask-shape.ts'
import { distanceFrom } from '#anonymizer/pure/shape-distance.ts'
import type { Quad } from '#schemas/detection-document.ts'
import type { MeasuredPicture } from './figures-by-size.ts'

export interface PlateCover {
  /** Part of the plate's area under the default masks of all finds of the picture. */
  readonly covered: number
  /** Area of the plate's own mask by the plate's. */
  readonly larger: number
}

/** Points looked at along each side of a plate. */
const GRID = 48

/** One row for each plate that was found and whose truth has corners; quads in pixels of the picture. */
export function plateCovers(pictures: readonly MeasuredPicture[], threshold: number): readonly PlateCover[] {
  return pictures.flatMap(({ truth, finds }) => {
    const hidden = finds.filter((find) => find.score >= threshold)
    const shapes = hidden.map((find) => maskShapeOf({ class: 'plate', box: find.box, quad: find.quad }, true))
    const away = shapes.map(distanceFrom)
    return truth.flatMap(({ quad }, i) => {
      const own = shapes[hidden.findIndex((find) => find.truth === i)]
      if (!quad || own?.kind !== 'quad') return []
      return [
        {
          covered: coveredPart(quad, (x, y) => away.some((distance) => distance(x, y) === 0)),
          larger: areaOf(own.corners) / areaOf(quad),
        },
      ]
    })
  })
}

/** By a grid of points that are bilinear between the corners: even over the area as far as the quad is a parallelogram. */
function coveredPart([a, b, c, d]: Quad, isHidden: (x: number, y: number) => boolean): number {
  let inside = 0
  for (let row = 0; row < GRID; row++) {
    const v = (row + 0.5) / GRID
    for (let column = 0; column < GRID; column++) {
      const u = (column + 0.5) / GRID
      const along = (axis: 0 | 1): number =>
        (1 - v) * ((1 - u) * a[axis] + u * b[axis]) + v * ((1 - u) * d[axis] + u * c[axis])
      if (isHidden(along(0), along(1))) inside++
    }
  }
  return inside / GRID ** 2
}

/** Shoelace formula. */
const areaOf = (quad: Quad): number =>
  Math.abs(
    quad.reduce((sum, p, i) => {
      const q = quad[(i + 1) % 4] ?? p
      return sum + p[0] * q[1] - q[0] * p[1]
    }, 0),
  ) / 2
