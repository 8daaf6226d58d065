// The slow part of a picture: what is left of it when everything smaller than a given size is taken away.
import { unwritten, zeroed } from './plane-room.ts'

export interface FieldSize {
  readonly width: number
  readonly height: number
}

/** Cells per standard deviation: coarser ones show, finer ones only cost. */
const CELLS_PER_SIGMA = 2

/**
 * The values smoothed by a Gaussian of `sigmaPx`, each counted by its weight (normalised convolution, Knutsson and
 * Westin, 1993): samples of weight 0 have no say, and the field goes on smoothly over them. Computed on a grid of cells.
 */
export function smoothField(
  values: Float32Array,
  weights: Float32Array | undefined,
  size: FieldSize,
  sigmaPx: number,
): Float32Array {
  const [field = new Float32Array()] = smoothFields([values], weights, size, sigmaPx).fields
  return field
}

export interface SmoothFields {
  readonly fields: readonly Float32Array[]
  /** How much weight there is around each sample, as part of what there could be: of weights up to 1, 0..1. */
  support(): Float32Array
}

/** The same for several planes of values with the same weights. */
export function smoothFields(
  planes: readonly Float32Array[],
  weights: Float32Array | undefined,
  size: FieldSize,
  sigmaPx: number,
): SmoothFields {
  const cell = Math.max(1, sigmaPx / CELLS_PER_SIGMA)
  const grid = {
    width: Math.max(1, Math.ceil(size.width / cell)),
    height: Math.max(1, Math.ceil(size.height / cell)),
  }
  const cells = {
    size,
    grid,
    rows: cellEnds(size.height, grid.height, cell),
    columns: cellEnds(size.width, grid.width, cell),
  }
  const sigma = sigmaPx / cell
  const counts = weights ? cellSums(weights, undefined, cells) : cellAreas(cells)
  const smoothCounts = blurred(counts, grid, sigma)
  // A little of the mean everywhere, so that also far from every weighted sample there is a value.
  const little = 1e-4 * cell * cell
  const fromGrid = (values: Float32Array): Float32Array =>
    cell === 1 ? values : enlarged(values, grid, size, cell)
  const fields = planes.map((values) => {
    const sums = cellSums(values, weights, cells)
    const mean = total(sums) / Math.max(1e-9, total(counts))
    const smooth = blurred(sums, grid, sigma)
    for (let i = 0; i < smooth.length; i++)
      smooth[i] = ((smooth[i] ?? 0) + little * mean) / ((smoothCounts[i] ?? 0) + little)
    return fromGrid(smooth)
  })
  return {
    fields,
    support() {
      const areas = blurred(cellAreas(cells), grid, sigma)
      for (let i = 0; i < areas.length; i++) areas[i] = (smoothCounts[i] ?? 0) / Math.max(1e-9, areas[i] ?? 0)
      return fromGrid(areas)
    },
  }
}

interface Cells {
  readonly size: FieldSize
  readonly grid: FieldSize
  /** For each row and column of cells the first sample behind it. */
  readonly rows: Int32Array
  readonly columns: Int32Array
}

function cellEnds(samples: number, cells: number, cell: number): Int32Array {
  const ends = new Int32Array(cells)
  for (let x = 0; x < samples; x++) ends[Math.min(cells - 1, Math.floor((x + 0.5) / cell))] = x + 1
  for (let c = 1; c < cells; c++) ends[c] = Math.max(ends[c] ?? 0, ends[c - 1] ?? 0)
  return ends
}

function cellAreas({ grid, rows, columns }: Cells): Float32Array {
  const length = (ends: Int32Array, c: number): number => (ends[c] ?? 0) - (c > 0 ? (ends[c - 1] ?? 0) : 0)
  const areas = zeroed(grid.width * grid.height)
  for (let y = 0; y < grid.height; y++)
    for (let x = 0; x < grid.width; x++) areas[y * grid.width + x] = length(rows, y) * length(columns, x)
  return areas
}

/** For each cell the sum of its values, each times its weight if there are any. */
function cellSums(
  values: Float32Array,
  weights: Float32Array | undefined,
  { size: { width }, grid, rows, columns }: Cells,
): Float32Array {
  const sums = zeroed(grid.width * grid.height)
  for (let r = 0, y = 0; r < grid.height; r++) {
    for (const end = rows[r] ?? 0; y < end; y++) {
      let i = y * width
      for (let c = 0, x = 0; c < grid.width; c++) {
        const end = columns[c] ?? 0
        let sum = 0
        if (weights) for (; x < end; x++, i++) sum += (weights[i] ?? 0) * (values[i] ?? 0)
        else for (; x < end; x++, i++) sum += values[i] ?? 0
        const at = r * grid.width + c
        sums[at] = (sums[at] ?? 0) + sum
      }
    }
  }
  return sums
}

function total(values: Float32Array): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i] ?? 0
  return sum
}

/** Separable Gaussian, edges repeated; its kernel is the same on both sides. */
export function blurred(values: Float32Array, size: FieldSize, sigma: number): Float32Array {
  const radius = Math.max(1, Math.ceil(sigma * 2.5))
  const kernel = Float32Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * sigma * sigma)),
  )
  const sum = total(kernel)
  for (let i = 0; i < kernel.length; i++) kernel[i] = (kernel[i] ?? 0) / sum
  const across = alongRows(values, size, kernel, radius)
  return alongColumns(across, size, kernel, radius)
}

function alongRows(
  values: Float32Array,
  { width, height }: FieldSize,
  kernel: Float32Array,
  radius: number,
): Float32Array {
  const out = unwritten(values.length)
  // A row with its ends repeated, so that the sum need not look for them.
  const padded = unwritten(width + 2 * radius)
  for (let y = 0; y < height; y++) {
    const row = y * width
    padded.fill(values[row] ?? 0, 0, radius)
    padded.set(values.subarray(row, row + width), radius)
    padded.fill(values[row + width - 1] ?? 0, radius + width)
    for (let x = 0; x < width; x++) {
      const middle = x + radius
      let sum = (kernel[radius] ?? 0) * (padded[middle] ?? 0)
      for (let k = 1; k <= radius; k++)
        sum += (kernel[radius + k] ?? 0) * ((padded[middle - k] ?? 0) + (padded[middle + k] ?? 0))
      out[row + x] = sum
    }
  }
  return out
}

function alongColumns(
  values: Float32Array,
  { width, height }: FieldSize,
  kernel: Float32Array,
  radius: number,
): Float32Array {
  const out = unwritten(values.length)
  const sums = new Float64Array(width)
  const centre = kernel[radius] ?? 0
  for (let y = 0; y < height; y++) {
    const row = y * width
    for (let x = 0; x < width; x++) sums[x] = centre * (values[row + x] ?? 0)
    for (let k = 1; k <= radius; k++) {
      const weight = kernel[radius + k] ?? 0
      const above = Math.max(0, y - k) * width
      const below = Math.min(height - 1, y + k) * width
      for (let x = 0; x < width; x++)
        sums[x] = (sums[x] ?? 0) + weight * ((values[above + x] ?? 0) + (values[below + x] ?? 0))
    }
    out.set(sums, row)
  }
  return out
}

function enlarged(values: Float32Array, grid: FieldSize, size: FieldSize, cell: number): Float32Array {
  const out = unwritten(size.width * size.height)
  const columns = new Int32Array(size.width)
  const shares = unwritten(size.width)
  for (let x = 0; x < size.width; x++) {
    const u = Math.min(Math.max((x + 0.5) / cell - 0.5, 0), grid.width - 1)
    columns[x] = Math.min(Math.floor(u), Math.max(0, grid.width - 2))
    shares[x] = u - (columns[x] ?? 0)
  }
  // One row of the grid between its two neighbours, and then along it.
  const between = unwritten(grid.width + 1)
  for (let y = 0; y < size.height; y++) {
    const v = Math.min(Math.max((y + 0.5) / cell - 0.5, 0), grid.height - 1)
    const top = Math.min(Math.floor(v), Math.max(0, grid.height - 2))
    const upper = top * grid.width
    const lower = Math.min(top + 1, grid.height - 1) * grid.width
    const down = v - top
    for (let x = 0; x < grid.width; x++)
      between[x] = (values[upper + x] ?? 0) * (1 - down) + (values[lower + x] ?? 0) * down
    between[grid.width] = between[grid.width - 1] ?? 0
    for (let x = 0, i = y * size.width; x < size.width; x++, i++) {
      const left = columns[x] ?? 0
      const a = between[left] ?? 0
      out[i] = a + ((between[left + 1] ?? 0) - a) * (shares[x] ?? 0)
    }
  }
  return out
}
