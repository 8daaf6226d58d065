// Pairs rows with columns so that the sum of the gains is greatest (Hungarian method, Kuhn 1955; O(n²m)).

export interface Pair {
  readonly row: number
  readonly column: number
}

/**
 * Pairs with the greatest total gain; a pair whose gain is below `least` is never made. Gains are 0..1.
 * Every row and every column occurs at most once.
 */
export function bestPairs(
  rows: number,
  columns: number,
  gain: (row: number, column: number) => number,
  least: number,
): readonly Pair[] {
  if (rows === 0 || columns === 0) return []
  if (rows > columns) {
    const turned = bestPairs(columns, rows, (row, column) => gain(column, row), least)
    return turned.map(({ row, column }) => ({ row: column, column: row }))
  }
  const gains = Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_, column) => gain(row, column)),
  )
  const cost = (row: number, column: number): number => {
    const value = gains[row]?.[column] ?? 0
    return value >= least ? 1 - value : FORBIDDEN
  }
  return cheapestRows(rows, columns, cost).filter((pair) => cost(pair.row, pair.column) < FORBIDDEN)
}

/** Dearer than any allowed pair, so that it is only made where nothing else is left, and then dropped. */
const FORBIDDEN = 1e3

/** Shortest augmenting paths with potentials; rows <= columns, every row gets a column. Arrays count from 1. */
function cheapestRows(
  rows: number,
  columns: number,
  cost: (row: number, column: number) => number,
): readonly Pair[] {
  const rowPotential = new Float64Array(rows + 1)
  const columnPotential = new Float64Array(columns + 1)
  const rowOf = new Int32Array(columns + 1)
  for (let row = 1; row <= rows; row++) {
    rowOf[0] = row
    const before = augment(rowOf, { rowPotential, columnPotential }, columns, cost)
    let column = before.end
    while (column !== 0) {
      const previous = before.path[column] ?? 0
      rowOf[column] = rowOf[previous] ?? 0
      column = previous
    }
  }
  const pairs: Pair[] = []
  for (let column = 1; column <= columns; column++) {
    const row = rowOf[column] ?? 0
    if (row > 0) pairs.push({ row: row - 1, column: column - 1 })
  }
  return pairs
}

interface Potentials {
  readonly rowPotential: Float64Array
  readonly columnPotential: Float64Array
}

function augment(
  rowOf: Int32Array,
  { rowPotential, columnPotential }: Potentials,
  columns: number,
  cost: (row: number, column: number) => number,
): { readonly path: Int32Array; readonly end: number } {
  const shortest = new Float64Array(columns + 1).fill(Number.POSITIVE_INFINITY)
  const path = new Int32Array(columns + 1)
  const done = new Uint8Array(columns + 1)
  let at = 0
  while (rowOf[at] !== 0) {
    done[at] = 1
    const row = rowOf[at] ?? 0
    let next = 0
    let delta = Number.POSITIVE_INFINITY
    for (let column = 1; column <= columns; column++) {
      if (done[column]) continue
      const reduced = cost(row - 1, column - 1) - (rowPotential[row] ?? 0) - (columnPotential[column] ?? 0)
      if (reduced < (shortest[column] ?? 0)) {
        shortest[column] = reduced
        path[column] = at
      }
      const length = shortest[column] ?? 0
      if (length < delta) {
        delta = length
        next = column
      }
    }
    for (let column = 0; column <= columns; column++) {
      if (done[column]) {
        const settled = rowOf[column] ?? 0
        rowPotential[settled] = (rowPotential[settled] ?? 0) + delta
        columnPotential[column] = (columnPotential[column] ?? 0) - delta
      } else shortest[column] = (shortest[column] ?? 0) - delta
    }
    at = next
  }
  return { path, end: at }
}
