// Finds the smallest turned rectangle around points, and grows it.
import type { Quad } from '#schemas/detection-document.ts'

type Point = readonly [number, number]

/** Centre, half sides and the unit vector along the width, which is the longer side and points right. */
export interface OrientedRectangle {
  readonly cx: number
  readonly cy: number
  readonly halfWidth: number
  readonly halfHeight: number
  readonly along: Point
}

/** Counter-clockwise in y-up terms. Andrew, Another efficient algorithm for convex hulls, 1979. */
export function convexHull(points: readonly Point[]): readonly Point[] {
  const sorted = points.toSorted((a, b) => a[0] - b[0] || a[1] - b[1])
  return [...halfHull(sorted), ...halfHull(sorted.toReversed())]
}

function halfHull(points: readonly Point[]): readonly Point[] {
  const hull: Point[] = []
  for (const point of points) {
    while (hull.length >= 2 && turn(hull.at(-2) ?? point, hull.at(-1) ?? point, point) <= 0) hull.pop()
    hull.push(point)
  }
  return hull.slice(0, -1)
}

const turn = (a: Point, b: Point, c: Point): number =>
  (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])

/** The rectangle of least area has a side along an edge of the hull (Freeman and Shapira, 1975). */
export function smallestRectangle(hull: readonly Point[]): OrientedRectangle | undefined {
  let best: OrientedRectangle | undefined
  hull.forEach((from, i) => {
    const to = hull[(i + 1) % hull.length] ?? from
    const length = Math.hypot(to[0] - from[0], to[1] - from[1])
    if (length < 1e-9) return
    const rectangle = rectangleAlong(hull, [(to[0] - from[0]) / length, (to[1] - from[1]) / length])
    if (!best || rectangle.halfWidth * rectangle.halfHeight < best.halfWidth * best.halfHeight)
      best = rectangle
  })
  return best
}

function rectangleAlong(hull: readonly Point[], edge: Point): OrientedRectangle {
  const us = hull.map((p) => p[0] * edge[0] + p[1] * edge[1])
  const vs = hull.map((p) => p[1] * edge[0] - p[0] * edge[1])
  const [u1, u2] = [Math.min(...us), Math.max(...us)]
  const [v1, v2] = [Math.min(...vs), Math.max(...vs)]
  const u = (u1 + u2) / 2
  const v = (v1 + v2) / 2
  const wide = u2 - u1 >= v2 - v1
  const along: Point = wide ? edge : [-edge[1], edge[0]]
  const right: Point = along[0] < 0 ? [-along[0], -along[1]] : along
  return {
    cx: u * edge[0] - v * edge[1],
    cy: u * edge[1] + v * edge[0],
    halfWidth: (wide ? u2 - u1 : v2 - v1) / 2,
    halfHeight: (wide ? v2 - v1 : u2 - u1) / 2,
    along: right,
  }
}

/** Moves every side outwards by the given distances. */
export const grownRectangle = (
  rectangle: OrientedRectangle,
  alongBy: number,
  downBy: number,
): OrientedRectangle => ({
  ...rectangle,
  halfWidth: rectangle.halfWidth + alongBy,
  halfHeight: rectangle.halfHeight + downBy,
})

/** Clockwise on the screen from the top left as the width runs to the right. */
export function rectangleCorners({ cx, cy, halfWidth, halfHeight, along }: OrientedRectangle): Quad {
  const corner = (u: number, v: number): [number, number] => [
    cx + u * halfWidth * along[0] - v * halfHeight * along[1],
    cy + u * halfWidth * along[1] + v * halfHeight * along[0],
  ]
  return [corner(-1, -1), corner(1, -1), corner(1, 1), corner(-1, 1)]
}
