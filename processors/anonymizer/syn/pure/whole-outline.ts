// Gives a mesh with a ring around it every edge of the face's outline.
import { POINTS } from './face-mesh-shape.ts'

/**
 * Delaunay triangles of the mean face skip edges of the outline where points lie close behind it, at the cheeks and the
 * jaw: what fades from the outline to the ring then has a dent between two points. Here the triangles of the face alone
 * are kept, what they leave open within the outline is closed, and the ring is a strip.
 *
 * @param corners three indices for each triangle, clockwise on the screen, into the points and the ring's after them
 * @param outline clockwise points of the outline; the ring has one for each
 */
export function withWholeOutline(corners: ArrayLike<number>, outline: readonly number[]): Uint16Array {
  const face: number[] = []
  for (let t = 0; t < corners.length; t += 3) {
    const three = [corners[t] ?? 0, corners[t + 1] ?? 0, corners[t + 2] ?? 0]
    if (three.every((corner) => corner < POINTS)) face.push(...three)
  }
  const next = borderOf(face)
  const border = outline.flatMap((from, k) => {
    const after = (k + 1) % outline.length
    const [to, ring, nextRing] = [outline[after] ?? 0, POINTS + k, POINTS + after]
    return [...gapBehind(from, to, next), from, ring, nextRing, from, nextRing, to]
  })
  return Uint16Array.from([...face, ...border])
}

/** The next point along the border of triangles, for each point there. */
function borderOf(corners: readonly number[]): ReadonlyMap<number, number> {
  const edges = new Set<string>()
  const each = (visit: (from: number, to: number) => void): void => {
    corners.forEach((from, i) => {
      visit(from, corners[i % 3 === 2 ? i - 2 : i + 1] ?? from)
    })
  }
  each((from, to) => edges.add(`${from} ${to}`))
  const next = new Map<number, number>()
  each((from, to) => {
    if (!edges.has(`${to} ${from}`)) next.set(from, to)
  })
  return next
}

/** Triangles between an edge of the outline and the points behind it that lie at the border. */
function gapBehind(from: number, to: number, next: ReadonlyMap<number, number>): readonly number[] {
  const triangles: number[] = []
  let behind = next.get(from) ?? to
  for (let steps = 0; behind !== to && steps < POINTS; steps++) {
    const further = next.get(behind) ?? to
    triangles.push(from, further, behind)
    behind = further
  }
  return triangles
}
