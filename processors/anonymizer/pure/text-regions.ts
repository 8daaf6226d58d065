// Finds the connected regions of a text map and the turned rectangle around each.
import { convexHull, type OrientedRectangle, smallestRectangle } from './oriented-rectangle.ts'

export interface TextRegion {
  readonly rectangle: OrientedRectangle
  /** Pixels of the map. */
  readonly area: number
  /** Mean value of its pixels, 0..1. */
  readonly score: number
}

/** A map of bytes, 255 times a probability; `width` x `height` of it are the picture, `stride` a row. */
export interface TextMap {
  readonly data: Uint8Array
  readonly stride: number
  readonly width: number
  readonly height: number
}

/** Regions smaller than this hold no legible character. */
const LEAST_AREA = 12
const MOST_REGIONS = 1000

/** Regions of pixels of at least `least` (0..255) that touch, also at corners. */
export function textRegions(map: TextMap, least: number): readonly TextRegion[] {
  const { data, stride, width, height } = map
  const seen = new Uint8Array(stride * height)
  const regions: TextRegion[] = []
  for (let y = 0; y < height && regions.length < MOST_REGIONS; y++) {
    for (let at = y * stride; at < y * stride + width; at++) {
      if (seen[at] !== 0 || (data[at] ?? 0) < least) continue
      const region = fillRegion(map, least, at, seen)
      if (region) regions.push(region)
    }
  }
  return regions
}

function fillRegion(map: TextMap, least: number, start: number, seen: Uint8Array): TextRegion | undefined {
  const { data, stride, width, height } = map
  const waiting = [start]
  const rows = new Map<number, { left: number; right: number }>()
  let area = 0
  let sum = 0
  seen[start] = 1
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const x = at % stride
    const y = (at - x) / stride
    area++
    sum += data[at] ?? 0
    const row = rows.get(y)
    if (!row) rows.set(y, { left: x, right: x })
    else if (x < row.left) row.left = x
    else if (x > row.right) row.right = x
    for (let ny = Math.max(0, y - 1); ny <= Math.min(height - 1, y + 1); ny++) {
      for (let nx = Math.max(0, x - 1); nx <= Math.min(width - 1, x + 1); nx++) {
        const next = ny * stride + nx
        if (seen[next] !== 0 || (data[next] ?? 0) < least) continue
        seen[next] = 1
        waiting.push(next)
      }
    }
  }
  if (area < LEAST_AREA) return undefined
  const outline = [...rows].flatMap(([y, { left, right }]): [number, number][] => [
    [left, y],
    [left, y + 1],
    [right + 1, y],
    [right + 1, y + 1],
  ])
  const rectangle = smallestRectangle(convexHull(outline))
  return rectangle && { rectangle, area, score: sum / area / 255 }
}
