// Says whether a polygon touches an upright box, or holds all of it; both in the same coordinates.
import type { Box } from '#schemas/detection-document.ts'
import type { Zone } from '#schemas/hiding-rules.ts'

type Point = readonly [number, number]

/** True when zone and box share a point, their edges included. Inside is by the even-odd rule. */
export function zoneTouches(zone: Zone, box: Box): boolean {
  return edgesOf(zone).some(([from, to]) => segmentMeets(from, to, box, false)) || isInside(zone, middle(box))
}

/** True when no point inside the box lies outside the zone. Where no edge of the zone passes through it, one point tells for all. */
export function zoneHolds(zone: Zone, box: Box): boolean {
  return !edgesOf(zone).some(([from, to]) => segmentMeets(from, to, box, true)) && isInside(zone, middle(box))
}

const middle = (box: Box): Point => [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]

function edgesOf(zone: Zone): readonly (readonly [Point, Point])[] {
  return zone.map((corner, index) => [corner, zone[(index + 1) % zone.length] ?? corner])
}

/**
 * True when the segment meets the box; with `open` only its interior, so that an edge along a side does not count
 * (Liang and Barsky, A New Concept and Method for Line Clipping, 1984).
 */
function segmentMeets(from: Point, to: Point, box: Box, open: boolean): boolean {
  let enters = 0
  let leaves = 1
  for (const axis of [0, 1] as const) {
    const start = from[axis]
    const delta = to[axis] - start
    const [low, high] = [box[axis], box[axis + 2] as number]
    if (delta === 0) {
      if (open ? start <= low || start >= high : start < low || start > high) return false
      continue
    }
    const [first, last] = [(low - start) / delta, (high - start) / delta].sort((a, b) => a - b)
    enters = Math.max(enters, first ?? 0)
    leaves = Math.min(leaves, last ?? 1)
  }
  return open ? enters < leaves : enters <= leaves
}

function isInside(zone: Zone, [x, y]: Point): boolean {
  let inside = false
  for (const [[x1, y1], [x2, y2]] of edgesOf(zone))
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside
  return inside
}
