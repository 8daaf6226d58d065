// Puts a drawn plate over the one in a patch of a picture: in its colours, light, sharpness and grain.
import type { Quad } from '#schemas/detection-document.ts'
import { inverted, squareToQuad } from '../../pure/homography.ts'
import type { FlatPlate } from './draw-plate.ts'
import { matchSharpness } from './match-sharpness.ts'
import { unwritten, zeroed } from './plane-room.ts'
import type { Draw } from './seeded-draws.ts'
import { type FieldSize, smoothField } from './smooth-field.ts'

export interface PlateToCompose {
  readonly size: FieldSize
  /** The patch as it was before it was blurred: brightness, then two colour differences or none. */
  readonly planes: readonly Float32Array[]
  /** In patch pixels. */
  readonly quad: Quad
  readonly plate: FlatPlate
  readonly grain: Draw
}

export interface ComposedPlate {
  readonly cover: Float32Array
  readonly planes: readonly Float32Array[]
}

/** Ground and ink of a plate: brightness and colour differences of each. */
export interface PlateColours extends PlateKind {
  readonly ground: readonly number[]
  readonly ink: readonly number[]
}

export interface PlateKind {
  /** True where the ground is brighter than the ink. */
  readonly brightGround: boolean
  /** True where the left end is blue. */
  readonly band: boolean
}

const BAND_COLOUR = [50, 45, -25] as const
/** Cb of a blue band is so much above the plate's own. */
const BLUE = 14
/** Of the height: light is slower than a letter, so that none can be told from it. */
const LIGHT_SIGMA = 0.8
const LEAST_CONTRAST = 36

/** Where each pixel of the patch lies on the plate: u, v in 0..1, or outside. Undefined where the quad folds. */
function placesOnPlate(quad: Quad, { width, height }: FieldSize): Float32Array | undefined {
  const back = inverted(squareToQuad(quad))
  if (!back) return undefined
  const [a, b, c, d, e, f, g, h, i] = back
  const places = unwritten(width * height * 2)
  for (let y = 0, at = 0; y < height; y++) {
    const row = y + 0.5
    for (let x = 0; x < width; x++, at += 2) {
      const column = x + 0.5
      const w = 1 / (g * column + h * row + i)
      places[at] = (a * column + b * row + c) * w
      places[at + 1] = (d * column + e * row + f) * w
    }
  }
  return places
}

/** The colours of a plate as it was: the brighter or darker majority is the ground. `known`: what the same plate is. */
export function plateColours(
  planes: readonly Float32Array[],
  quad: Quad,
  size: FieldSize,
  known?: PlateKind,
): PlateColours | undefined {
  const places = placesOnPlate(quad, size)
  const [luma, cb] = planes
  if (!places || !luma) return undefined
  const inner = new Int32Array(luma.length)
  let count = 0
  let [endBlue, endCount, restBlue] = [0, 0, 0]
  for (let i = 0; i < luma.length; i++) {
    const u = places[i * 2] ?? -1
    const v = places[i * 2 + 1] ?? -1
    if (!(v > 0.15 && v < 0.85)) continue
    if (u > 0.12 && u < 0.95) {
      inner[count++] = i
      restBlue += cb?.[i] ?? 0
    } else if (u > 0.01 && u < 0.08 && v > 0.2 && v < 0.8) {
      endBlue += cb?.[i] ?? 0
      endCount++
    }
  }
  if (count < 12) return undefined
  const sorted = Float32Array.from({ length: count }, (_, k) => luma[inner[k] ?? 0] ?? 0).sort()
  const part = (from: number, to: number): readonly number[] => {
    const least = sorted[Math.floor(count * from)] ?? 0
    const most = sorted[Math.ceil(count * to) - 1] ?? 255
    return meansBetween(planes, inner.subarray(0, count), least, most)
  }
  const [dark, bright, middle] = [part(0.02, 0.12), part(0.8, 0.95), part(0.4, 0.6)]
  const isBright = (middle[0] ?? 0) - (dark[0] ?? 0) >= ((bright[0] ?? 0) - (dark[0] ?? 0)) * 0.4
  const kind = known ?? {
    brightGround: isBright,
    band: endBlue / Math.max(1, endCount) - restBlue / count > BLUE,
  }
  const [ground, ink] = kind.brightGround ? [bright, dark] : [dark, bright]
  const contrast = (ink[0] ?? 0) - (ground[0] ?? 0)
  const least = Math.sign(contrast || -1) * Math.max(LEAST_CONTRAST, Math.abs(contrast))
  return {
    ground,
    ink: [(ground[0] ?? 0) + least, ...ink.slice(1)],
    ...kind,
  }
}

/** Means of the planes where brightness lies between two values. */
function meansBetween(
  planes: readonly Float32Array[],
  at: Int32Array,
  least: number,
  most: number,
): readonly number[] {
  const [luma] = planes
  const those = at.filter((i) => (luma?.[i] ?? 0) >= least && (luma?.[i] ?? 0) <= most)
  return planes.map((plane) => those.reduce((sum, i) => sum + (plane[i] ?? 0), 0) / Math.max(1, those.length))
}

/** Undefined where the quad folds: nothing may be drawn then. */
export function composePlate(task: PlateToCompose, colours: PlateColours): ComposedPlate | undefined {
  const { size, planes, quad, plate } = task
  const places = placesOnPlate(quad, size)
  const [luma] = planes
  if (!places || !luma) return undefined
  const edge = { u: softness(quad, 0), v: softness(quad, 1) }
  const cover = zeroed(luma.length)
  const within = zeroed(luma.length)
  const ink = zeroed(luma.length)
  const band = zeroed(luma.length)
  for (let i = 0; i < cover.length; i++) {
    const u = places[i * 2] ?? -1
    const v = places[i * 2 + 1] ?? -1
    const inside = Math.min(u / edge.u, (1 - u) / edge.u, v / edge.v, (1 - v) / edge.v) + 0.5
    if (!(inside > 0)) continue
    cover[i] = Math.min(1, inside)
    within[i] = u > 0.04 && u < 0.96 && v > 0.1 && v < 0.9 ? 1 : 0
    ink[i] = sampled(plate.ink, plate, u, v)
    if (colours.band) band[i] = sampled(plate.band, plate, u, v)
  }
  const drawn = planes.map((_, p) => painted({ cover, ink, band }, colours, p))
  const height = Math.hypot(quad[3][0] - quad[0][0], quad[3][1] - quad[0][1])
  const light = smoothField(luma, within, size, LIGHT_SIGMA * height)
  const [lit = new Float32Array()] = drawn
  lightUp(lit, light, within)
  drawn[0] = matchSharpness({ detail: lit, original: luma, within, size, quantile: 0.85, grain: task.grain })
  for (const plane of drawn)
    for (let i = 0; i < plane.length; i++) plane[i] = (plane[i] ?? 0) * (cover[i] ?? 0)
  return { cover, planes: drawn }
}

interface PlateMaps {
  readonly cover: Float32Array
  readonly ink: Float32Array
  readonly band: Float32Array
}

function painted({ cover, ink, band }: PlateMaps, colours: PlateColours, p: number): Float32Array {
  const ground = colours.ground[p] ?? 0
  const more = (colours.ink[p] ?? 0) - ground
  const bandColour = (BAND_COLOUR[p] ?? 0) * (p === 0 ? (colours.ground[0] ?? 0) / 200 : 1)
  const out = zeroed(cover.length)
  for (let i = 0; i < out.length; i++) {
    if (cover[i] === 0) continue
    const flat = ground + more * (ink[i] ?? 0)
    out[i] = flat + (bandColour - flat) * (band[i] ?? 0)
  }
  return out
}

/** By the light there, against its mean over the plate. */
function lightUp(values: Float32Array, light: Float32Array, within: Float32Array): void {
  let [sum, count] = [0, 0]
  for (let i = 0; i < light.length; i++) {
    if (within[i] !== 1) continue
    sum += light[i] ?? 0
    count++
  }
  const mean = Math.max(1, sum / Math.max(1, count))
  for (let i = 0; i < values.length; i++)
    values[i] = (values[i] ?? 0) * Math.min(1.6, Math.max(0.5, (light[i] ?? mean) / mean))
}

/** One patch pixel in units of the plate's width or height. */
function softness(quad: Quad, axis: 0 | 1): number {
  const [from, to] = axis === 0 ? [quad[0], quad[1]] : [quad[0], quad[3]]
  return 1 / Math.max(1, Math.hypot(to[0] - from[0], to[1] - from[1]))
}

function sampled(values: Float32Array, { width, height }: FlatPlate, u: number, v: number): number {
  const x = Math.min(Math.max(u * width - 0.5, 0), width - 1.001)
  const y = Math.min(Math.max(v * height - 0.5, 0), height - 1.001)
  const column = x | 0
  const row = y | 0
  const along = x - column
  const down = y - row
  const at = row * width + column
  const top = (values[at] ?? 0) * (1 - along) + (values[at + 1] ?? 0) * along
  const bottom = (values[at + width] ?? 0) * (1 - along) + (values[at + width + 1] ?? 0) * along
  return top * (1 - down) + bottom * down
}
