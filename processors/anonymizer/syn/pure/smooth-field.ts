// The slow part of a picture: what is left of it when everything smaller than a given size is taken away.

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
  { width, height }: FieldSize,
  sigmaPx: number,
): Float32Array {
  const cell = Math.max(1, sigmaPx / CELLS_PER_SIGMA)
  const grid = { width: Math.max(1, Math.ceil(width / cell)), height: Math.max(1, Math.ceil(height / cell)) }
  const sums = new Float32Array(grid.width * grid.height)
  const counts = new Float32Array(grid.width * grid.height)
  const columns = Uint16Array.from({ length: width }, (_, x) =>
    Math.min(grid.width - 1, Math.floor((x + 0.5) / cell)),
  )
  for (let y = 0; y < height; y++) {
    const row = Math.min(grid.height - 1, Math.floor((y + 0.5) / cell)) * grid.width
    for (let x = 0, i = y * width; x < width; x++, i++) {
      const at = row + (columns[x] ?? 0)
      const weight = weights ? (weights[i] ?? 0) : 1
      if (weight === 0) continue
      sums[at] = (sums[at] ?? 0) + weight * (values[i] ?? 0)
      counts[at] = (counts[at] ?? 0) + weight
    }
  }
  const sigma = sigmaPx / cell
  const smoothSums = blurred(sums, grid, sigma)
  const smoothCounts = blurred(counts, grid, sigma)
  const mean = total(sums) / Math.max(1e-9, total(counts))
  // A little of the mean everywhere, so that also far from every weighted sample there is a value.
  const little = 1e-4 * cell * cell
  for (let i = 0; i < smoothSums.length; i++)
    smoothSums[i] = ((smoothSums[i] ?? 0) + little * mean) / ((smoothCounts[i] ?? 0) + little)
  return enlarged(smoothSums, grid, { width, height }, cell)
}

function total(values: Float32Array): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i] ?? 0
  return sum
}

/** Separable Gaussian, edges repeated. */
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
  const out = new Float32Array(values.length)
  // A row with its ends repeated, so that the sum need not look for them.
  const padded = new Float32Array(width + 2 * radius)
  for (let y = 0; y < height; y++) {
    const row = y * width
    padded.fill(values[row] ?? 0, 0, radius)
    padded.set(values.subarray(row, row + width), radius)
    padded.fill(values[row + width - 1] ?? 0, radius + width)
    for (let x = 0; x < width; x++) {
      let sum = 0
      for (let k = 0; k <= 2 * radius; k++) sum += (kernel[k] ?? 0) * (padded[x + k] ?? 0)
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
  const out = new Float32Array(values.length)
  for (let y = 0; y < height; y++) {
    for (let k = -radius; k <= radius; k++) {
      const weight = kernel[k + radius] ?? 0
      const from = (y + k < 0 ? 0 : y + k >= height ? height - 1 : y + k) * width
      for (let x = 0; x < width; x++)
        out[y * width + x] = (out[y * width + x] ?? 0) + weight * (values[from + x] ?? 0)
    }
  }
  return out
}

function enlarged(values: Float32Array, grid: FieldSize, size: FieldSize, cell: number): Float32Array {
  const out = new Float32Array(size.width * size.height)
  const columns = new Int32Array(size.width)
  const shares = new Float32Array(size.width)
  for (let x = 0; x < size.width; x++) {
    const u = Math.min(Math.max((x + 0.5) / cell - 0.5, 0), grid.width - 1)
    columns[x] = Math.min(Math.floor(u), Math.max(0, grid.width - 2))
    shares[x] = u - (columns[x] ?? 0)
  }
  // One row of the grid between its two neighbours, and then along it.
  const between = new Float32Array(grid.width + 1)
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
