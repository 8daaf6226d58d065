// Measures how near two pictures are: the peak signal-to-noise ratio.

/** In dB for 8-bit samples; infinite for equal pictures. @throws {RangeError} when the lengths differ */
export function peakSignalToNoise(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new RangeError('pictures of unequal size cannot be compared')
  let squares = 0
  for (let i = 0; i < a.length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    squares += difference * difference
  }
  return squares === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10((255 * 255 * a.length) / squares)
}
