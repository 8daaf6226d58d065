// Nobody's face: a draw from the appearance model's statistics, far from the face that it is to replace.
import { type Draw, normalDraw } from './seeded-draws.ts'

export interface Identity {
  /** Standard deviations along each component. */
  readonly shape: Float64Array
  readonly texture: Float64Array
}
export interface IdentitySizes {
  readonly shape: number
  readonly texture: number
}

/** Beyond it a draw is no longer a face that one meets. */
const FURTHEST_DRAW = 2
/**
 * By how much a draw is further from the mean than a usual face: near the mean it would be near to everybody. With these
 * a draw comes as near to a person as the 1 % nearest strangers .1 % of the time (models/training/appearance/check_draws.py).
 */
const DISTANCE = { shape: 1.15, texture: 1.2 }
/** Draws of which the one furthest from the original is kept. */
const CANDIDATES = 64

/**
 * Of 64 draws the one that is least like the face to be replaced (where that is known): similarity is the cosine of the
 * textures, which the embedders look at most, and half of that of the shapes. The same draws give the same identity.
 */
export function drawIdentity(draw: Draw, sizes: IdentitySizes, original: Identity | undefined): Identity {
  let best = oneDraw(draw, sizes)
  if (!original) return best
  let least = likeness(best, original)
  for (let i = 1; i < CANDIDATES; i++) {
    const next = oneDraw(draw, sizes)
    const like = likeness(next, original)
    if (like < least) [best, least] = [next, like]
  }
  return best
}

const oneDraw = (draw: Draw, sizes: IdentitySizes): Identity => ({
  shape: directionAt(draw, sizes.shape, DISTANCE.shape),
  texture: directionAt(draw, sizes.texture, DISTANCE.texture),
})

/** Normal numbers, together so far from the mean as a usual face is, times `distance`. */
function directionAt(draw: Draw, count: number, distance: number): Float64Array {
  const values = Float64Array.from({ length: count }, () => normalDraw(draw, FURTHEST_DRAW))
  const factor = (Math.sqrt(count) * distance) / Math.max(1e-9, Math.hypot(...values))
  return values.map((value) => value * factor)
}

const likeness = (a: Identity, b: Identity): number =>
  cosine(a.texture, b.texture) + 0.5 * cosine(a.shape, b.shape)

function cosine(a: Float64Array, b: Float64Array): number {
  let dot = 0
  for (let i = 0; i < a.length; i++) dot += (a[i] ?? 0) * (b[i] ?? 0)
  return dot / Math.max(1e-9, Math.hypot(...a) * Math.hypot(...b))
}

/** Where values lie along each component, in its standard deviations. */
export function coordinates(
  values: ArrayLike<number>,
  mean: ArrayLike<number>,
  components: readonly ArrayLike<number>[],
): Float64Array {
  return Float64Array.from(components, (component) => {
    let dot = 0
    let size = 0
    for (let i = 0; i < component.length; i++) {
      const c = component[i] ?? 0
      dot += c * ((values[i] ?? 0) - (mean[i] ?? 0))
      size += c * c
    }
    return dot / Math.max(1e-12, size)
  })
}

/** `values` moved from one identity to another: what the components cannot say (mood, pose) stays. */
export function moved(
  values: Float64Array,
  components: readonly ArrayLike<number>[],
  { from, to, by }: { from: Float64Array; to: Float64Array; by: ArrayLike<number> },
): Float64Array {
  const out = values.slice()
  components.forEach((component, k) => {
    const step = (to[k] ?? 0) - (from[k] ?? 0)
    for (let i = 0; i < component.length; i++)
      out[i] = (out[i] ?? 0) + step * (component[i] ?? 0) * (by[Math.floor(i / 3)] ?? 0)
  })
  return out
}
