// Tells skin from hair, glasses and walls in the patch of a face, by the colour of the cheeks, the nose and the chin.
import { fallingExponential } from './falling-exponential.ts'
import { unwritten } from './plane-room.ts'

/** Points of the mesh that lie on bare skin on nearly everybody: cheeks, nose, beside the nose, chin. */
const ON_SKIN = [
  50, 280, 101, 330, 36, 266, 205, 425, 187, 411, 4, 5, 195, 197, 117, 346, 123, 352, 142, 371, 199, 200,
]
/** Deviations: of brightness by the skin's own, since one side is in the shade, and of colour; of 255. */
const BRIGHTNESS = { part: 0.24, more: 10 }
/** Where the light of the place is known, shade needs no allowance. */
const BY_LIGHT = { part: 0.2, more: 6 }
const COLOUR = 9
/** Where nothing is like skin all count alike. */
const LEAST = 0.003

/** LEAST..1 for each pixel. `planes`: brightness, then colour differences or none; `flat`: x, y of the mesh in the patch. */
export function skinLikeness(
  planes: readonly Float32Array[],
  side: number,
  flat: ArrayLike<number>,
): Float32Array {
  const skin = planes.map((plane) => medianAt(plane, side, flat))
  const [luma = new Float32Array(), cb = luma, cr = luma] = planes
  const [y = 0, blue = 0, red = 0] = skin
  const byBrightness = 0.5 / (BRIGHTNESS.part * y + BRIGHTNESS.more) ** 2
  const byColour = planes.length < 3 ? 0 : 0.5 / COLOUR ** 2
  const out = unwritten(luma.length)
  for (let i = 0; i < out.length; i++) {
    const dy = (luma[i] ?? 0) - y
    const db = (cb[i] ?? 0) - blue
    const dr = (cr[i] ?? 0) - red
    out[i] = LEAST + (1 - LEAST) * fallingExponential(dy * dy * byBrightness + (db * db + dr * dr) * byColour)
  }
  return out
}

/**
 * The same against the light on the skin at each pixel, 0..1. What is brighter than that shines, and is skin, as far as
 * it lies `inside` the face, 0..1; beyond, it is a wall.
 */
export function skinInLight(
  planes: readonly Float32Array[],
  light: readonly Float32Array[],
  inside: Float32Array,
): Float32Array {
  const [luma = new Float32Array(), cb = luma, cr = luma] = planes
  const [lit = new Float32Array(), blue = lit, red = lit] = light
  const byColour = planes.length < 3 ? 0 : 0.5 / COLOUR ** 2
  const out = unwritten(luma.length)
  for (let i = 0; i < out.length; i++) {
    const y = lit[i] ?? 0
    const above = ((luma[i] ?? 0) - y) / (BY_LIGHT.part * y + BY_LIGHT.more)
    const dy = above > 0 ? above * (1 - (inside[i] ?? 0)) : above
    const db = (cb[i] ?? 0) - (blue[i] ?? 0)
    const dr = (cr[i] ?? 0) - (red[i] ?? 0)
    out[i] = fallingExponential(0.5 * dy * dy + (db * db + dr * dr) * byColour)
  }
  return out
}

function medianAt(plane: Float32Array, side: number, flat: ArrayLike<number>): number {
  const values = ON_SKIN.map((i) => {
    const x = Math.min(side - 1, Math.max(0, Math.floor(flat[i * 2] ?? 0)))
    const y = Math.min(side - 1, Math.max(0, Math.floor(flat[i * 2 + 1] ?? 0)))
    return plane[y * side + x] ?? 0
  }).toSorted((a, b) => a - b)
  return values[values.length >> 1] ?? 0
}
