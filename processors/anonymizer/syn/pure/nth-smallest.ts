// Finds the value that would stand at a place if values were sorted, without sorting them.

/**
 * Moves the first `count` of `values` so that the one at `place` is as large as if they were sorted, with no larger one
 * before it and no smaller one behind it (Hoare, Algorithm 65: Find, 1961). Gives that value; NaN where there is none.
 */
export function nthSmallest(values: Float32Array, count: number, place: number): number {
  if (!(place >= 0 && place < count)) return Number.NaN
  let from = 0
  let to = count - 1
  while (from < to) {
    const pivot = values[place] ?? 0
    let i = from
    let j = to
    while (i <= j) {
      while ((values[i] ?? 0) < pivot) i++
      while (pivot < (values[j] ?? 0)) j--
      if (i > j) break
      const swapped = values[i] ?? 0
      values[i++] = values[j] ?? 0
      values[j--] = swapped
    }
    if (j < place) from = i
    if (place < i) to = j
  }
  return values[place] ?? Number.NaN
}
