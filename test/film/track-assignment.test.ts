// Proves that rows and columns are paired best, by comparing with every way there is.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bestPairs } from '#anonymizer/pure/track-assignment.ts'

const table = fc
  .tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 5 }))
  .chain(([rows, columns]) =>
    fc
      .array(fc.array(fc.integer({ min: 0, max: 100 }), { minLength: columns, maxLength: columns }), {
        minLength: rows,
        maxLength: rows,
      })
      .map((cells) => ({ rows, columns, cells })),
  )
const LEAST = 0.2

/** The greatest sum over all ways to pair, each pair at least LEAST. */
function greatest(cells: readonly (readonly number[])[], row: number, taken: ReadonlySet<number>): number {
  if (row >= cells.length) return 0
  let best = greatest(cells, row + 1, taken)
  for (const [column, cell] of (cells[row] ?? []).entries()) {
    if (taken.has(column) || cell / 100 < LEAST) continue
    best = Math.max(best, cell / 100 + greatest(cells, row + 1, new Set([...taken, column])))
  }
  return best
}

test('no pairing of any kind gains more', () => {
  fc.assert(
    fc.property(table, ({ rows, columns, cells }) => {
      const gain = (row: number, column: number): number => (cells[row]?.[column] ?? 0) / 100
      const pairs = bestPairs(rows, columns, gain, LEAST)
      const sum = pairs.reduce((total, { row, column }) => total + gain(row, column), 0)
      expect(new Set(pairs.map(({ row }) => row)).size).toBe(pairs.length)
      expect(new Set(pairs.map(({ column }) => column)).size).toBe(pairs.length)
      for (const { row, column } of pairs) expect(gain(row, column)).toBeGreaterThanOrEqual(LEAST)
      // More pairs come before a greater sum: an object is joined wherever it may be.
      const most = mostPairs(cells, 0, new Set())
      if (pairs.length === most) expect(sum).toBeLessThanOrEqual(greatest(cells, 0, new Set()) + 1e-9)
      expect(pairs.length).toBe(most)
      expect(sum).toBeCloseTo(greatestWith(cells, 0, new Set(), most), 9)
    }),
    { numRuns: 300 },
  )
})

function mostPairs(cells: readonly (readonly number[])[], row: number, taken: ReadonlySet<number>): number {
  if (row >= cells.length) return 0
  let most = mostPairs(cells, row + 1, taken)
  for (const [column, cell] of (cells[row] ?? []).entries()) {
    if (taken.has(column) || cell / 100 < LEAST) continue
    most = Math.max(most, 1 + mostPairs(cells, row + 1, new Set([...taken, column])))
  }
  return most
}

function greatestWith(
  cells: readonly (readonly number[])[],
  row: number,
  taken: ReadonlySet<number>,
  left: number,
): number {
  if (left === 0) return 0
  if (row >= cells.length) return Number.NEGATIVE_INFINITY
  let best = greatestWith(cells, row + 1, taken, left)
  for (const [column, cell] of (cells[row] ?? []).entries()) {
    if (taken.has(column) || cell / 100 < LEAST) continue
    best = Math.max(best, cell / 100 + greatestWith(cells, row + 1, new Set([...taken, column]), left - 1))
  }
  return best
}
