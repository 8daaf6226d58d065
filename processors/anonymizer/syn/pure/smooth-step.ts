// A soft threshold.

/** 0 below `from`, 1 above `to`, and a smooth way in between (Hermite: 3t^2 - 2t^3). */
export function smoothStep(value: number, from: number, to: number): number {
  const t = Math.min(1, Math.max(0, (value - from) / (to - from)))
  return t * t * (3 - 2 * t)
}
