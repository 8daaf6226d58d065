// Draws an eye of nobody between the lids of a face, looking where the original looked, in its light.
import { smoothStep } from './smooth-step.ts'

/** Lids as the mesh has them: from one corner along the upper lid to the other, and back along the lower. */
export interface EyeToDraw {
  readonly side: number
  /** The patch as it was: brightness, then two colour differences or none. */
  readonly planes: readonly Float32Array[]
  /** Light of the place, of the same planes. */
  readonly light: readonly Float32Array[]
  /** Mesh, x, y in patch pixels: of the original, and as it is drawn. */
  readonly original: ArrayLike<number>
  readonly drawn: ArrayLike<number>
  readonly lids: readonly number[]
  /** -1 where the lids are listed from the right of an upright face to its left. */
  readonly turn: 1 | -1
  /** Patch pixels. */
  readonly faceWidth: number
  readonly look: EyeLook
}

/** What is an identity's own about its eyes. */
export interface EyeLook {
  /** Colour differences of the iris, of 255, at full colour. */
  readonly iris: readonly [number, number]
  /** Its brightness, by the light on the skin. */
  readonly brightness: number
  /** How much colour the picture has, 0..1: none in grey and tinted prints. */
  readonly colour: number
}

/** Radius of the iris by the outline's width: 5.9 mm of about 145. */
const IRIS = 0.043
const PUPIL = 0.42
/** Where the middle of an iris is looked for: along the eye, of its width, and across, of the face's. */
const ALONG = [-0.24, -0.18, -0.12, -0.06, 0, 0.06, 0.12, 0.18, 0.24]
const ACROSS = [-0.014, 0, 0.014]
/** By the light of the skin there: of the white, darkest and brightest. */
const WHITE = { least: 0.72, most: 1.12 }
/** Colour that the white takes from the skin's light. */
const WHITE_COLOUR = 0.3
/** The upper lid's shadow: how dark, and how deep by the iris's radius. */
const SHADOW = { dark: 0.35, deep: 0.5 }
const CATCH_LIGHT = { radius: 0.2, along: -0.32, across: -0.36, from: 2.2, to: 4 }
/** A difference of iris and white, by the light, from which the original's gaze is believed. */
const SEEN = 0.12

interface Eye {
  readonly cx: number
  readonly cy: number
  /** Unit vector along the eye, to the right. */
  readonly ux: number
  readonly uy: number
  readonly width: number
  readonly upper: Lid
  readonly lower: Lid
}
/** Along and across after each other, patch pixels, in order of `along`. */
type Lid = Float64Array

/** Changes `into`, values as the planes', within the drawn lids only. */
export function drawEye(into: readonly Float32Array[], task: EyeToDraw): void {
  const was = eyeOf(task.original, task)
  const now = eyeOf(task.drawn, task)
  if (!was || !now) return
  const seen = lookOf(was, task)
  const radius = IRIS * task.faceWidth
  const along = seen.along * now.width
  const middle = (lidAt(now.upper, along) + lidAt(now.lower, along)) / 2
  const across = middle + seen.across * task.faceWidth
  const soft = Math.max(0.55, 0.14 * radius)
  const [luma, cb, cr] = into
  const [light, lightBlue, lightRed] = task.light
  if (!luma || !light) return
  const catches = smoothStep(radius, CATCH_LIGHT.from, CATCH_LIGHT.to)
  visit(now, task.side, soft, (at, s, t) => {
    const up = lidAt(now.upper, s)
    const inside = clamp01((t - up) / soft + 0.5) * clamp01((lidAt(now.lower, s) - t) / soft + 0.5)
    if (inside === 0) return
    const lit = light[at] ?? 0
    const far = distance(s - along, t - across)
    const iris = clamp01((radius - far) / soft + 0.5)
    const pupil = clamp01((PUPIL * radius - far) / soft + 0.5)
    // An iris is darker at its edge, and lighter opposite of the light from above.
    const limb = 1 - 0.35 * smoothStep(far, 0.6 * radius, radius) + 0.2 * ((t - across) / radius)
    const shade = 1 - SHADOW.dark * Math.exp(-Math.max(0, t - up) / (SHADOW.deep * radius))
    const white = lit * seen.white * (1 - 0.18 * smoothStep(Math.abs(s) / now.width, 0.3, 0.5))
    let value = white * (1 - iris) + lit * task.look.brightness * limb * (1 - 0.6 * pupil) * iris
    const spot = distance(s - along - CATCH_LIGHT.along * radius, t - across - CATCH_LIGHT.across * radius)
    const glint = catches * clamp01((CATCH_LIGHT.radius * radius - spot) / 0.8 + 0.5)
    value = value * shade * (1 - glint) + Math.min(250, lit * 1.3 + 20) * glint
    luma[at] = (luma[at] ?? 0) * (1 - inside) + value * inside
    const tint = (plane: Float32Array | undefined, of: number, own: number): void => {
      if (!plane) return
      const rest = 1 - (1 - WHITE_COLOUR) * task.look.colour
      const shown =
        of * rest * (1 - iris) +
        (own * task.look.colour + of * (1 - task.look.colour)) * iris * (1 - pupil) * (1 - glint)
      plane[at] = (plane[at] ?? 0) * (1 - inside) + shown * inside
    }
    tint(cb, lightBlue?.[at] ?? 0, task.look.iris[0])
    tint(cr, lightRed?.[at] ?? 0, task.look.iris[1])
  })
}

function eyeOf(flat: ArrayLike<number>, { lids, turn }: EyeToDraw): Eye | undefined {
  const at = (i: number): [number, number] => [flat[i * 2] ?? 0, flat[i * 2 + 1] ?? 0]
  const half = lids.length / 2
  const [from, to] = [at(lids[0] ?? 0), at(lids[half] ?? 0)]
  const width = Math.hypot(to[0] - from[0], to[1] - from[1])
  if (!(width > 1)) return undefined
  const [ux, uy] = [(turn * (to[0] - from[0])) / width, (turn * (to[1] - from[1])) / width]
  const [cx, cy] = [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2]
  const own = (i: number): readonly [number, number] => {
    const [x, y] = at(i)
    return [(x - cx) * ux + (y - cy) * uy, (y - cy) * ux - (x - cx) * uy]
  }
  const upper = lids.slice(0, half + 1).map(own)
  const lower = [...lids.slice(half), lids[0] ?? 0].map(own)
  return { cx, cy, ux, uy, width, upper: lidOf(upper), lower: lidOf(lower) }
}

const lidOf = (points: readonly (readonly [number, number])[]): Lid =>
  Float64Array.from(points.toSorted((a, b) => a[0] - b[0]).flat())

/** Across, at a place along; beyond the corners that of the corner. */
function lidAt(lid: Lid, along: number): number {
  let s = lid[0] ?? 0
  let t = lid[1] ?? 0
  if (along <= s) return t
  for (let i = 2; i < lid.length; i += 2) {
    const s2 = lid[i] ?? 0
    const t2 = lid[i + 1] ?? 0
    if (along <= s2) return t + ((t2 - t) * (along - s)) / Math.max(1e-6, s2 - s)
    s = s2
    t = t2
  }
  return t
}

/** Calls for each pixel between the lids and `margin` around them, with its place along and across. */
function visit(
  { cx, cy, ux, uy, width, upper, lower }: Eye,
  side: number,
  margin: number,
  each: (at: number, s: number, t: number) => void,
): void {
  const reach = width * 0.55 + 2
  const [x1, x2] = [Math.max(0, Math.floor(cx - reach)), Math.min(side, Math.ceil(cx + reach))]
  const [y1, y2] = [Math.max(0, Math.floor(cy - reach)), Math.min(side, Math.ceil(cy + reach))]
  let [top, bottom] = [Infinity, -Infinity]
  for (let i = 1; i < upper.length; i += 2) top = Math.min(top, (upper[i] ?? 0) - margin)
  for (let i = 1; i < lower.length; i += 2) bottom = Math.max(bottom, (lower[i] ?? 0) + margin)
  for (let y = y1; y < y2; y++) {
    for (let x = x1; x < x2; x++) {
      const dx = x + 0.5 - cx
      const dy = y + 0.5 - cy
      const s = dx * ux + dy * uy
      const t = dy * ux - dx * uy
      if (Math.abs(s) <= width * 0.52 && t >= top && t <= bottom) each(y * side + x, s, t)
    }
  }
}

interface SeenLook {
  /** Of the eye's width, and of the face's. */
  readonly along: number
  readonly across: number
  /** Brightness by the light. */
  readonly white: number
}

/** The disc that is darkest against the rest of what lies between the lids. */
function lookOf(eye: Eye, { planes, light, side, faceWidth }: EyeToDraw): SeenLook {
  const radius = IRIS * faceWidth
  const found: { s: number; t: number; ratio: number }[] = []
  visit(eye, side, 0, (at, s, t) => {
    if (t < lidAt(eye.upper, s) || t > lidAt(eye.lower, s) || Math.abs(s) > 0.46 * eye.width) return
    found.push({ s, t, ratio: (planes[0]?.[at] ?? 0) / Math.max(8, light[0]?.[at] ?? 0) })
  })
  let best = { along: 0, across: 0, score: 0, white: 0.9 }
  for (const along of ALONG) {
    const s = along * eye.width
    const middle = (lidAt(eye.upper, s) + lidAt(eye.lower, s)) / 2
    for (const across of ACROSS) {
      const t = middle + across * faceWidth
      let [inside, outside, ins, outs] = [0, 0, 0, 0]
      for (const each of found) {
        const far = distance(each.s - s, each.t - t)
        if (far < radius * 0.9) {
          inside += each.ratio
          ins++
        } else if (far > radius * 1.1) {
          outside += each.ratio
          outs++
        }
      }
      if (ins === 0 || outs === 0) continue
      const [iris, white] = [inside / ins, outside / outs]
      // Looking straight on is the likeliest.
      const score = white - iris - 0.1 * Math.abs(along) * 4 * SEEN
      if (score > best.score) best = { along, across, score, white }
    }
  }
  const sure = clamp01(best.score / SEEN)
  return {
    along: best.along * sure,
    across: best.across * sure,
    white: clamped(best.white * 1.12, WHITE),
  }
}

/** Math.hypot guards against overflow, which costs ten times as much. */
const distance = (x: number, y: number): number => Math.sqrt(x * x + y * y)
const clamp01 = (value: number): number => (value < 0 ? 0 : value > 1 ? 1 : value)
const clamped = (value: number, { least, most }: { readonly least: number; readonly most: number }): number =>
  Math.min(most, Math.max(least, value))
