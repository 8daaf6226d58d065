// Says how unlike in colour the lower half of a face is to the upper: far more where a mask or a scarf lies over it.

/** Points of the mesh between the eyes and above the nose; and at the nose's tip and on both cheeks, where no beard grows. */
const UPPER = [168, 6, 8, 9, 122, 351, 193, 417, 197]
const LOWER = [4, 5, 1, 50, 280, 205, 425, 36, 266]
/** Brightness counts so much less than colour: one of both may lie in a shadow. */
const SHADOW = 0.3
/** Brightness below which colours say nothing, of 255. */
const DARK = 24

/** Of 255. `colourAt`: brightness, then two colour differences or none, at a point of the mesh. */
export function lowerFaceDifference(colourAt: (point: number) => readonly number[]): number {
  const [brightUp = 0, ...coloursUp] = medianOf(UPPER.map(colourAt))
  const [brightLow = 0, ...coloursLow] = medianOf(LOWER.map(colourAt))
  // Colours grow with brightness: they are compared as if both were equally lit.
  const middle = (brightUp + brightLow) / 2
  const lit = (colour: number, bright: number): number => (colour * middle) / Math.max(DARK, bright)
  const apart = coloursUp.map((colour, c) => lit(colour, brightUp) - lit(coloursLow[c] ?? 0, brightLow))
  return Math.hypot(SHADOW * (brightUp - brightLow), ...apart)
}

function medianOf(colours: readonly (readonly number[])[]): readonly number[] {
  return (colours[0] ?? []).map((_, c) => {
    const values = colours.map((colour) => colour[c] ?? 0).toSorted((a, b) => a - b)
    return values[values.length >> 1] ?? 0
  })
}
