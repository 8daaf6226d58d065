// Shuts the mouth of a drawn face: no teeth between its lips, and the line where they meet.
import { drawVertexValues } from './draw-texture.ts'
import { smoothStep } from './smooth-step.ts'

/** The line is half so thick as this part of the outline's width, and so much darker than the light on the skin. */
const LINE = { sigma: 0.006, dark: 0.3 }
/** Brightness of shut lips by the light, and how much of it is laid over what a smiling model draws there. */
const LIPS = { brightness: 0.85, part: 0.5 }

export interface LipsToShut {
  readonly side: number
  /** Brightness of the light of the place. */
  readonly light: Float32Array
  /** Mesh as it is drawn, x, y in patch pixels. */
  readonly drawn: ArrayLike<number>
  readonly corners: ArrayLike<number>
  /** 1 at a vertex of the lips. */
  readonly weights: ArrayLike<number>
  /** Inner lips from one end along the upper lip to the other and back along the lower one. */
  readonly innerLips: readonly number[]
  /** Patch pixels. */
  readonly faceWidth: number
  /** How far the mouth is shut, 0..1. */
  readonly shut: number
}

/** Changes the brightness `luma` in place, at the lips only. */
export function shutLips(luma: Float32Array, lips: LipsToShut): void {
  const { side, light, drawn, innerLips, shut } = lips
  if (shut <= 0) return
  const near = drawVertexValues(drawn, lips.corners, lips.weights, side)
  const line = meeting(drawn, innerLips)
  const sigma = Math.max(0.7, LINE.sigma * lips.faceWidth)
  for (let i = 0; i < luma.length; i++) {
    const w = shut * smoothStep(near[i] ?? 0, 0, 0.8)
    if (w === 0) continue
    const lit = light[i] ?? 0
    const value = luma[i] ?? 0
    const lips = value + w * LIPS.part * (LIPS.brightness * lit - value)
    const far = distanceTo(line, (i % side) + 0.5, Math.floor(i / side) + 0.5) / sigma
    luma[i] =
      lips - w * Math.min(LINE.dark * lit * Math.exp(-0.5 * far * far), Math.max(0, lips - 0.25 * lit))
  }
}

/** x, y after x, y of the middle between both lips, from end to end. */
function meeting(flat: ArrayLike<number>, ring: readonly number[]): Float64Array {
  const half = ring.length / 2
  const line = new Float64Array(2 * half + 2)
  for (let i = 0; i < line.length; i++) {
    const [k, axis] = [i >> 1, i % 2]
    const [a, b] = [ring[k] ?? 0, ring[(ring.length - k) % ring.length] ?? 0]
    line[i] = ((flat[a * 2 + axis] ?? 0) + (flat[b * 2 + axis] ?? 0)) / 2
  }
  return line
}

function distanceTo(line: Float64Array, x: number, y: number): number {
  let least = Number.POSITIVE_INFINITY
  for (let i = 2; i + 1 < line.length; i += 2) {
    const ax = line[i - 2] ?? 0
    const ay = line[i - 1] ?? 0
    const dx = (line[i] ?? 0) - ax
    const dy = (line[i + 1] ?? 0) - ay
    const part = ((x - ax) * dx + (y - ay) * dy) / Math.max(1e-6, dx * dx + dy * dy)
    const t = part < 0 ? 0 : part > 1 ? 1 : part
    const [beside, above] = [x - ax - t * dx, y - ay - t * dy]
    least = Math.min(least, beside * beside + above * above)
  }
  return Math.sqrt(least)
}
