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

const PART = 1 << 16

/** Whether two pictures are at least so near; tells of distant ones without reading them to the end. */
export function isWithinNoise(a: Uint8Array | Uint16Array, b: Uint8Array, leastDb: number): boolean {
  if (a.length !== b.length) throw new RangeError('pictures of unequal size cannot be compared')
  const most = (255 * 255 * a.length) / 10 ** (leastDb / 10)
  let squares = 0
  for (let from = 0; from < a.length && squares <= most; from += PART) {
    const to = Math.min(from + PART, a.length)
    for (let i = from; i < to; i++) {
      const difference = (a[i] ?? 0) - (b[i] ?? 0)
      squares += difference * difference
    }
  }
  return squares <= most
}
