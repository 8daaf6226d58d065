// Numbers that look random and are the same for the same key.

/** Each call gives the next number of 0 <= x < 1. */
export type Draw = () => number

/** sfc32 (Chris Doty-Humphrey, PractRand), keyed by the first 12 bytes; the first outputs are thrown away. */
export function seededDraw(key: Uint8Array): Draw {
  const word = (at: number): number =>
    (key[at] ?? 0) | ((key[at + 1] ?? 0) << 8) | ((key[at + 2] ?? 0) << 16) | ((key[at + 3] ?? 0) << 24) | 0
  let [a, b, c, counter] = [word(0), word(4), word(8), 1]
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return (sum >>> 0) / 4294967296
  }
  for (let i = 0; i < 12; i++) next()
  return next
}

/** A normal number, no further than `limit` deviations from 0 (Box and Muller, 1958; beyond the limit drawn again). */
export function normalDraw(draw: Draw, limit: number): number {
  for (;;) {
    const value = Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw())
    if (Math.abs(value) <= limit) return value
  }
}

export const wholeDraw = (draw: Draw, below: number): number => Math.floor(draw() * below)
