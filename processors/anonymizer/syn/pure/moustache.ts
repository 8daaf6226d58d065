// Says how far hair hides the upper lip of a face: between its strands nobody can see whether the mouth is open.
import { smoothStep } from './smooth-step.ts'

/** Points of the mesh between nose and upper lip. */
const UPPER_LIP = [164, 167, 393, 165, 391] as const
/** Of the light on the skin there: hair is darker than the first, skin brighter than the second. */
const HAIR = { surely: 0.5, none: 0.68 }

/** 0..1. `luma` and `light`: brightness of a patch and of the light on its skin; `flat`: x, y of the mesh in it. */
export function moustacheOver(
  { luma, light, side }: { readonly luma: Float32Array; readonly light: Float32Array; readonly side: number },
  flat: ArrayLike<number>,
): number {
  const inside = (value: number): number => Math.min(side - 1, Math.max(0, Math.floor(value)))
  const ratios = UPPER_LIP.map((i) => {
    const at = inside(flat[i * 2 + 1] ?? 0) * side + inside(flat[i * 2] ?? 0)
    return (luma[at] ?? 0) / Math.max(8, light[at] ?? 0)
  }).toSorted((a, b) => a - b)
  return 1 - smoothStep(ratios[ratios.length >> 1] ?? 1, HAIR.surely, HAIR.none)
}
