// Hides a shape in planes of samples: inside it no sample keeps its value, and what is written no longer tells the object.
import type { MaskShape } from '../pure/mask-shape.ts'
import { distanceFrom } from '../pure/shape-distance.ts'
import { shapeBounds } from '../pure/shape-span.ts'
import { averageCells, fieldRow, type Region } from './cell-field.ts'
import { maskedRows, type Plane } from './plane.ts'

export interface HideOptions {
  /** `blur`: a smooth field of a few cell averages. `mosaic`: the same cells, stepped. `solid`: one mean colour. */
  readonly method: 'blur' | 'mosaic' | 'solid'
  /** Cells across the shape's shorter upright side: fewer hide more. */
  readonly cells: number
  /** Fading edge outside the shape, as part of half the shape's shorter side. */
  readonly feather: number
}

/**
 * Across a face's mask; about 3 across the face itself. Measured on 70 portraits (`bench/privacy`): with 6 cells a second
 * detector still took 12 of them for a face, with 5 it took 6, with 4 it took 4; none was recognised with any of them.
 */
export const FACE_CELLS = 4
/** Across a plate's height: one cell holds a whole letter and more, so that no stroke survives. */
export const PLATE_CELLS = 1
export const FACE_HIDING: HideOptions = { method: 'blur', cells: FACE_CELLS, feather: 0.12 }
export const PLATE_HIDING: HideOptions = { method: 'blur', cells: PLATE_CELLS, feather: 0.12 }

/** A cell is never smaller than this many full-size pixels, however small the object. */
const LEAST_CELL_PX = 4

/**
 * Hides `shape` (full-size pixels, already enlarged) in every plane. Planes are changed in place. Returns how many
 * samples lie in the mandatory mask; each of them differs from what it was.
 * @throws {RangeError} when the shape is not finite
 */
export function hideShape(planes: readonly Plane[], shape: MaskShape, options: HideOptions): number {
  let samples = 0
  for (const plane of planes) samples += hideInPlane(plane, shape, options)
  return samples
}

function hideInPlane(plane: Plane, shape: MaskShape, options: HideOptions): number {
  const bounds = shapeBounds(shape)
  const shorter = Math.min(bounds.x2 - bounds.x1, bounds.y2 - bounds.y1)
  const featherPx = (options.feather * shorter) / 2
  const region = regionOf(plane, bounds, featherPx)
  const width = region.x2 - region.x1
  const height = region.y2 - region.y1
  if (width <= 0 || height <= 0) return 0
  const cellPx = Math.max(LEAST_CELL_PX, shorter / options.cells)
  const columns = options.method === 'solid' ? 1 : cellsAlong(width << plane.xShift, cellPx, width)
  const rows = options.method === 'solid' ? 1 : cellsAlong(height << plane.yShift, cellPx, height)
  const field = averageCells(plane, region, columns, rows)
  const reading = options.method === 'mosaic' ? 'stepped' : 'smooth'
  const folded = new Float64Array(columns)
  return writeRows(plane, shape, region, featherPx, (row, line) =>
    fieldRow(field, row, reading, { line, folded }),
  )
}

const cellsAlong = (pixels: number, cellPx: number, samples: number): number =>
  Math.min(samples, Math.max(1, Math.round(pixels / cellPx)))

function regionOf(
  plane: Plane,
  bounds: { x1: number; y1: number; x2: number; y2: number },
  featherPx: number,
): Region {
  const clip = (value: number, size: number): number => Math.min(Math.max(value, 0), size)
  return {
    x1: clip(Math.floor((bounds.x1 - featherPx) / (1 << plane.xShift)), plane.width),
    y1: clip(Math.floor((bounds.y1 - featherPx) / (1 << plane.yShift)), plane.height),
    x2: clip(Math.ceil((bounds.x2 + featherPx) / (1 << plane.xShift)), plane.width),
    y2: clip(Math.ceil((bounds.y2 + featherPx) / (1 << plane.yShift)), plane.height),
  }
}

/** Goes through the region row by row: mandatory samples get the field's value, those around them fade into it. */
function writeRows(
  plane: Plane,
  shape: MaskShape,
  region: Region,
  featherPx: number,
  fillRow: (row: number, line: Float64Array) => void,
): number {
  const line = new Float64Array(region.x2 - region.x1)
  const rows = maskedRows(plane, shape)
  let masked = rows.next()
  let samples = 0
  for (let y = region.y1; y < region.y2; y++) {
    fillRow(y - region.y1, line)
    const hit = !masked.done && masked.value.y === y ? masked.value : undefined
    const x1 = hit?.x1 ?? region.x2
    const x2 = hit?.x2 ?? region.x2
    if (featherPx > 0) {
      fadeSamples(plane, { y, from: region.x1, to: x1, left: region.x1 }, line, shape, featherPx)
      fadeSamples(plane, { y, from: x2, to: region.x2, left: region.x1 }, line, shape, featherPx)
    }
    if (!hit) continue
    replaceSamples(plane, { y, from: x1, to: x2, left: region.x1 }, line)
    samples += x2 - x1
    masked = rows.next()
  }
  return samples
}

/** Samples `from` <= x < `to` of row `y`; the line of new values starts at column `left`. */
interface Run {
  readonly y: number
  readonly from: number
  readonly to: number
  readonly left: number
}

/** Writes new values; where one happens to equal the old, it moves by one, so that no sample is left as it was. */
function replaceSamples(plane: Plane, run: Run, line: Float64Array): void {
  const { data, step } = plane
  let at = plane.offset + run.y * plane.stride + run.from * step
  for (let x = run.from; x < run.to; x++, at += step) {
    const value = ((line[x - run.left] ?? 0) + 0.5) | 0
    data[at] = value === data[at] ? (value > 0 ? value - 1 : 1) : value
  }
}

function fadeSamples(plane: Plane, run: Run, line: Float64Array, shape: MaskShape, featherPx: number): void {
  const { data, step } = plane
  const distance = distanceFrom(shape)
  const pixelWidth = 1 << plane.xShift
  const centreY = (run.y + 0.5) * (1 << plane.yShift)
  for (let x = run.from; x < run.to; x++) {
    const away = distance((x + 0.5) * pixelWidth, centreY) / featherPx
    if (away >= 1) continue
    const weight = 1 - away * away * (3 - 2 * away)
    const at = plane.offset + run.y * plane.stride + x * step
    const old = data[at] ?? 0
    data[at] = (old + ((line[x - run.left] ?? 0) - old) * weight + 0.5) | 0
  }
}
