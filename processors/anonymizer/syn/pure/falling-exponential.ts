// The exponential function of numbers below zero from a table, for loops over pixels.

const STEPS = 64
const FURTHEST = 20
const TABLE = Float64Array.from({ length: FURTHEST * STEPS + 2 }, (_, i) => Math.exp(-i / STEPS))

/** e to the power of -x for x >= 0, within 4e-5; 0 from x = 20 on and where x is no number. */
export function fallingExponential(x: number): number {
  if (!(x < FURTHEST)) return 0
  const at = x * STEPS
  const index = at | 0
  const low = TABLE[index] ?? 0
  return low + ((TABLE[index + 1] ?? 0) - low) * (at - index)
}
