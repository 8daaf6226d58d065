// Reduces a region of a plane to a few cell averages and gives them back as a smooth or stepped field of values.
import type { Plane } from './plane.ts'

/** A rectangle of a plane's samples; x2 and y2 exclusive. */
export interface Region {
  readonly x1: number
  readonly y1: number
  readonly x2: number
  readonly y2: number
}

/** Averages of `columns` x `rows` equal cells over `region`, row after row. */
export interface CellField {
  readonly region: Region
  readonly columns: number
  readonly rows: number
  readonly means: Float64Array
}

/** At most about this many samples per cell and direction are read: more does not change an average that is seen. */
const SAMPLES_PER_CELL_SIDE = 16

/** Averages the region's samples cell by cell. Every cell holds at least one sample as long as cells <= samples. */
export function averageCells(plane: Plane, region: Region, columns: number, rows: number): CellField {
  const width = region.x2 - region.x1
  const height = region.y2 - region.y1
  const sums = new Float64Array(columns * rows)
  const counts = new Float64Array(columns * rows)
  const skipX = Math.max(1, Math.floor(width / columns / SAMPLES_PER_CELL_SIDE))
  const skipY = Math.max(1, Math.floor(height / rows / SAMPLES_PER_CELL_SIDE))
  for (let y = 0; y < height; y += skipY) {
    const cellRow = Math.floor((y * rows) / height) * columns
    const line = plane.offset + (region.y1 + y) * plane.stride + region.x1 * plane.step
    for (let x = 0; x < width; x += skipX) {
      const cell = cellRow + Math.floor((x * columns) / width)
      sums[cell] = (sums[cell] ?? 0) + (plane.data[line + x * plane.step] ?? 0)
      counts[cell] = (counts[cell] ?? 0) + 1
    }
  }
  const means = sums.map((sum, cell) => sum / Math.max(1, counts[cell] ?? 1))
  return { region, columns, rows, means }
}

/** How a field is read between its cell centres: a quadratic B-spline (smooth), or each cell's own value (a mosaic). */
export type Reading = 'smooth' | 'stepped'

/**
 * Writes the field's values of one region row (from 0) into `line`, one per region column; `folded` holds a row of
 * cells meanwhile. Between two midpoints a quadratic B-spline is one parabola, which costs two additions a sample.
 */
export function fieldRow(
  field: CellField,
  row: number,
  reading: Reading,
  buffers: { readonly line: Float64Array; readonly folded: Float64Array },
): void {
  const { line, folded } = buffers
  foldRows(field, row, reading, folded)
  const { columns } = field
  const perSample = columns / line.length
  for (let cell = 0; cell < columns; cell++) {
    // `| 0` because -0 is no array index: the engine would leave its compiled code at each row.
    const from = Math.ceil(cell / perSample - 0.5) | 0
    const to = Math.min(line.length, Math.ceil((cell + 1) / perSample - 0.5)) | 0
    const here = folded[cell] ?? 0
    const left = folded[Math.max(cell - 1, 0)] ?? 0
    const right = folded[Math.min(cell + 1, columns - 1)] ?? 0
    const curve = reading === 'smooth' ? (left - 2 * here + right) / 2 : 0
    const slope = reading === 'smooth' ? (right - left) / 2 : 0
    const t = (from + 0.5) * perSample - 0.5 - cell
    let value = here + curve / 4 + slope * t + curve * t * t
    let change = slope * perSample + curve * perSample * (2 * t + perSample)
    const changeOfChange = 2 * curve * perSample * perSample
    for (let i = from; i < to; i++) {
      line[i] = value
      value += change
      change += changeOfChange
    }
  }
}

/** Reads the field along y for one row: one value per column of cells. */
function foldRows(field: CellField, row: number, reading: Reading, folded: Float64Array): void {
  const { columns, rows, means, region } = field
  const at = ((row + 0.5) * rows) / (region.y2 - region.y1)
  const cell = Math.min(Math.floor(at), rows - 1)
  const t = at - 0.5 - cell
  const above = Math.max(cell - 1, 0) * columns
  const below = Math.min(cell + 1, rows - 1) * columns
  const smooth = reading === 'smooth'
  const weights = smooth ? [0.5 * (0.5 - t) ** 2, 0.75 - t * t, 0.5 * (0.5 + t) ** 2] : [0, 1, 0]
  const [up = 0, here = 0, down = 0] = weights
  for (let c = 0; c < columns; c++) {
    folded[c] =
      up * (means[above + c] ?? 0) + here * (means[cell * columns + c] ?? 0) + down * (means[below + c] ?? 0)
  }
}
