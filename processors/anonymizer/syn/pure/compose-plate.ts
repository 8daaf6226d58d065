// Puts a drawn plate over the one in a patch of a picture: in its colours, light, sharpness and grain.
import type { Quad } from '#schemas/detection-document.ts'
import { inverted, mapped, squareToQuad } from '../../pure/homography.ts'
import type { FlatPlate } from './draw-plate.ts'
import { matchSharpness } from './match-sharpness.ts'
import type { Draw } from './seeded-draws.ts'
import { smoothField } from './smooth-field.ts'

export interface PlateToCompose {
  readonly side: number
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
export interface PlateColours {
  readonly ground: readonly number[]
  readonly ink: readonly number[]
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
function placesOnPlate(quad: Quad, side: number): Float32Array | undefined {
  const back = inverted(squareToQuad(quad))
  if (!back) return undefined
  const places = new Float32Array(side * side * 2)
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const [u, v] = mapped(back, x + 0.5, y + 0.5)
      places[(y * side + x) * 2] = u
      places[(y * side + x) * 2 + 1] = v
    }
  }
  return places
}

/** The colours of a plate as it was: the brighter or darker majority is the ground. */
export function plateColours(
  planes: readonly Float32Array[],
  quad: Quad,
  side: number,
): PlateColours | undefined {
  const places = placesOnPlate(quad, side)
  const [luma, cb] = planes
  if (!places || !luma) return undefined
  const inner: number[] = []
  let [endBlue, endCount, restBlue, restCount] = [0, 0, 0, 0]
  for (let i = 0; i < luma.length; i++) {
    const [u, v] = [places[i * 2] ?? -1, places[i * 2 + 1] ?? -1]
    if (u > 0.12 && u < 0.95 && v > 0.15 && v < 0.85) {
      inner.push(i)
      restBlue += cb?.[i] ?? 0
      restCount++
    } else if (u > 0.01 && u < 0.08 && v > 0.2 && v < 0.8) {
      endBlue += cb?.[i] ?? 0
      endCount++
    }
  }
  if (inner.length < 12) return undefined
  inner.sort((a, b) => (luma[a] ?? 0) - (luma[b] ?? 0))
  const part = (from: number, to: number): readonly number[] => {
    const chosen = inner.slice(Math.floor(inner.length * from), Math.ceil(inner.length * to))
    return planes.map((plane) => chosen.reduce((sum, i) => sum + (plane[i] ?? 0), 0) / chosen.length)
  }
  const [dark, bright, middle] = [part(0.02, 0.12), part(0.8, 0.95), part(0.4, 0.6)]
  const brightGround = (middle[0] ?? 0) - (dark[0] ?? 0) >= ((bright[0] ?? 0) - (dark[0] ?? 0)) * 0.4
  const [ground, ink] = brightGround ? [bright, dark] : [dark, bright]
  const contrast = (ink[0] ?? 0) - (ground[0] ?? 0)
  const least = Math.sign(contrast || -1) * Math.max(LEAST_CONTRAST, Math.abs(contrast))
  return {
    ground,
    ink: [(ground[0] ?? 0) + least, ...ink.slice(1)],
    band: endBlue / Math.max(1, endCount) - restBlue / Math.max(1, restCount) > BLUE,
  }
}

/** Undefined where the quad folds: nothing may be drawn then. */
export function composePlate(task: PlateToCompose, colours: PlateColours): ComposedPlate | undefined {
  const { side, planes, quad, plate } = task
  const places = placesOnPlate(quad, side)
  const [luma] = planes
  if (!places || !luma) return undefined
  const size = { width: side, height: side }
  const edge = { u: softness(quad, 0), v: softness(quad, 1) }
  const cover = new Float32Array(side * side)
  const drawn: Float32Array[] = planes.map(() => new Float32Array(side * side))
  const within = new Float32Array(side * side)
  for (let i = 0; i < cover.length; i++) {
    const [u, v] = [places[i * 2] ?? -1, places[i * 2 + 1] ?? -1]
    const inside = Math.min(u / edge.u, (1 - u) / edge.u, v / edge.v, (1 - v) / edge.v) + 0.5
    cover[i] = Math.min(1, Math.max(0, inside))
    within[i] = u > 0.04 && u < 0.96 && v > 0.1 && v < 0.9 ? 1 : 0
    if (inside <= 0) continue
    const ink = sampled(plate.ink, plate, u, v)
    const band = sampled(plate.band, plate, u, v)
    drawn.forEach((plane, p) => {
      const ground = colours.ground[p] ?? 0
      const flat = ground + ((colours.ink[p] ?? 0) - ground) * ink
      const bandColour = (BAND_COLOUR[p] ?? 0) * (p === 0 ? (colours.ground[0] ?? 0) / 200 : 1)
      plane[i] = flat + (bandColour - flat) * band
    })
  }
  const height = Math.hypot(quad[3][0] - quad[0][0], quad[3][1] - quad[0][1])
  const light = smoothField(luma, within, size, LIGHT_SIGMA * height)
  const mean =
    light.reduce((sum, v, i) => sum + v * (within[i] ?? 0), 0) /
    Math.max(
      1,
      within.reduce((a, b) => a + b, 0),
    )
  const [first = new Float32Array()] = drawn
  const lit = first.map(
    (value, i) => value * Math.min(1.6, Math.max(0.5, (light[i] ?? mean) / Math.max(1, mean))),
  )
  drawn[0] = matchSharpness({ detail: lit, original: luma, within, size, quantile: 0.85, grain: task.grain })
  return { cover, planes: drawn.map((plane) => plane.map((value, i) => value * (cover[i] ?? 0))) }
}

/** One patch pixel in units of the plate's width or height. */
function softness(quad: Quad, axis: 0 | 1): number {
  const [from, to] = axis === 0 ? [quad[0], quad[1]] : [quad[0], quad[3]]
  return 1 / Math.max(1, Math.hypot(to[0] - from[0], to[1] - from[1]))
}

function sampled(values: Float32Array, { width, height }: FlatPlate, u: number, v: number): number {
  const x = Math.min(Math.max(u * width - 0.5, 0), width - 1.001)
  const y = Math.min(Math.max(v * height - 0.5, 0), height - 1.001)
  const [column, row] = [Math.floor(x), Math.floor(y)]
  const [along, down] = [x - column, y - row]
  const at = row * width + column
  const top = (values[at] ?? 0) * (1 - along) + (values[at + 1] ?? 0) * along
  const bottom = (values[at + width] ?? 0) * (1 - along) + (values[at + width + 1] ?? 0) * along
  return top * (1 - down) + bottom * down
}
