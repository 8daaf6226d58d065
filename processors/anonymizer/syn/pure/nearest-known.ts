// Tells of each pixel which known one lies nearest, so that something can be carried on across a border.
import type { FieldSize } from './smooth-field.ts'

/**
 * Index of the nearest pixel for which `known` is above 0, its own for a known one, -1 where there is none (Danielsson's
 * Euclidean mapping, 1980, two sweeps: in rare cases one that is a little further).
 */
export function nearestKnown(known: Float32Array, { width, height }: FieldSize): Int32Array {
  const nearest = new Int32Array(known.length).fill(-1)
  for (let i = 0; i < known.length; i++) if ((known[i] ?? 0) > 0) nearest[i] = i
  for (let y = 0; y < height; y++) sweepRow(nearest, { width, height, y, row: -1 })
  for (let y = height - 1; y >= 0; y--) sweepRow(nearest, { width, height, y, row: 1 })
  return nearest
}

interface RowSweep extends FieldSize {
  readonly y: number
  /** -1: takes over from the row above, 1: from the row below. */
  readonly row: 1 | -1
}

/** Each pixel of a row takes over from its neighbours in the next row, and then along the row, there and back. */
function sweepRow(nearest: Int32Array, { width, height, y, row }: RowSweep): void {
  if (y + row >= 0 && y + row < height) {
    for (let x = 0; x < width; x++) {
      const from = (y + row) * width + x
      if (x > 0) takeOver(nearest, width, y * width + x, from - 1)
      takeOver(nearest, width, y * width + x, from)
      if (x < width - 1) takeOver(nearest, width, y * width + x, from + 1)
    }
  }
  for (let x = 1; x < width; x++) takeOver(nearest, width, y * width + x, y * width + x - 1)
  for (let x = width - 2; x >= 0; x--) takeOver(nearest, width, y * width + x, y * width + x + 1)
}

/** The nearest of pixel `from` becomes that of pixel `at` where it is nearer to it than its own. */
function takeOver(nearest: Int32Array, width: number, at: number, from: number): void {
  const own = nearest[at] ?? -1
  const offered = nearest[from] ?? -1
  if (own === at || offered < 0 || offered === own) return
  if (own < 0 || apart(offered, at, width) < apart(own, at, width)) nearest[at] = offered
}

/** Squared distance of two pixels. */
function apart(a: number, b: number, width: number): number {
  const row = (a / width) | 0
  const otherRow = (b / width) | 0
  const dx = a - row * width - (b - otherRow * width)
  const dy = row - otherRow
  return dx * dx + dy * dy
}
