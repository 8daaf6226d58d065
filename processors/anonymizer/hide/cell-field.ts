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

/** Per sample along one axis: three neighbouring cells and their weights. */
export interface AxisWeights {
  readonly cells: Int32Array
  readonly weights: Float64Array
}

/** Quadratic B-spline weights (smooth), which sum to 1 and never reach a single cell's own value alone. */
export function splineWeights(samples: number, cells: number): AxisWeights {
  const axis = { cells: new Int32Array(samples * 3), weights: new Float64Array(samples * 3) }
  for (let i = 0; i < samples; i++) {
    const at = ((i + 0.5) * cells) / samples - 0.5
    const nearest = Math.round(at)
    const t = at - nearest
    const weights = [0.5 * (0.5 - t) ** 2, 0.75 - t * t, 0.5 * (0.5 + t) ** 2]
    for (let k = 0; k < 3; k++) {
      axis.cells[i * 3 + k] = Math.min(Math.max(nearest + k - 1, 0), cells - 1)
      axis.weights[i * 3 + k] = weights[k] ?? 0
    }
  }
  return axis
}

/** All weight on the sample's own cell (a mosaic). */
export function stepWeights(samples: number, cells: number): AxisWeights {
  const axis = { cells: new Int32Array(samples * 3), weights: new Float64Array(samples * 3) }
  for (let i = 0; i < samples; i++) {
    axis.cells.fill(Math.floor((i * cells) / samples), i * 3, i * 3 + 3)
    axis.weights[i * 3 + 1] = 1
  }
  return axis
}

/** Writes the field's values of one region row (from 0) into `line`, one per region column. */
export function fieldRow(
  field: CellField,
  row: number,
  axes: { readonly x: AxisWeights; readonly y: AxisWeights },
  line: Float64Array,
): void {
  const { columns, means } = field
  const folded = new Float64Array(columns)
  for (let k = 0; k < 3; k++) {
    const weight = axes.y.weights[row * 3 + k] ?? 0
    const start = (axes.y.cells[row * 3 + k] ?? 0) * columns
    for (let c = 0; c < columns; c++) folded[c] = (folded[c] ?? 0) + weight * (means[start + c] ?? 0)
  }
  const { cells, weights } = axes.x
  for (let i = 0, k = 0; i < line.length; i++, k += 3) {
    line[i] =
      (weights[k] ?? 0) * (folded[cells[k] ?? 0] ?? 0) +
      (weights[k + 1] ?? 0) * (folded[cells[k + 1] ?? 0] ?? 0) +
      (weights[k + 2] ?? 0) * (folded[cells[k + 2] ?? 0] ?? 0)
  }
}
