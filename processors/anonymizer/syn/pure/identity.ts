// Nobody's face: a draw from the appearance model's statistics, far from the face that it is to replace.
import type { CoordinatePrior, IdentityPrior } from './identity-prior.ts'
import { type Draw, normalDraw } from './seeded-draws.ts'

export interface Identity {
  /** Index of the group of textures. */
  readonly group: number
  /** Standard deviations along each component. */
  readonly shape: Float64Array
  readonly texture: Float64Array
}

/** Beyond it a draw is no longer a face that one meets. */
const FURTHEST_DRAW = 2
/** By how much a draw is further from the middle than a usual face: near the middle it would be near to everybody. */
const DISTANCE = { shape: 1.25, texture: 1.6 }
/** Draws of which the one furthest from the original is kept. */
const CANDIDATES = 64

/**
 * Of these draws the one that is least like the face to be replaced (where that is known): similarity is the cosine
 * around brows and eyes, where embedders look most, half of that of all coordinates, and a quarter of that of the shapes.
 * The same draws give the same identity. Who knows the model and every draw learns log2(CANDIDATES) bits of the original
 * by the choice, and no more.
 */
export function drawIdentity(
  draw: Draw,
  prior: IdentityPrior,
  original: Pick<Identity, 'shape' | 'texture'> | undefined,
): Identity {
  let best = oneDraw(draw, prior)
  if (!original) return best
  const towards = times(prior.aroundEyes, original.texture)
  const size = Math.sqrt(Math.max(1e-12, dot(original.texture, towards)))
  const likeness = ({ texture, shape }: Identity): number =>
    dot(texture, towards) /
      size /
      Math.sqrt(Math.max(1e-12, dot(texture, times(prior.aroundEyes, texture)))) +
    0.5 * cosine(texture, original.texture) +
    0.25 * cosine(shape, original.shape)
  let least = likeness(best)
  for (let i = 1; i < CANDIDATES; i++) {
    const next = oneDraw(draw, prior)
    const like = likeness(next)
    if (like < least) [best, least] = [next, like]
  }
  return best
}

/** A square matrix, row after row, times a vector. */
function times(matrix: Float64Array, vector: Float64Array): Float64Array {
  const n = vector.length
  const out = new Float64Array(n)
  for (let i = 0; i < n; i++) {
    let sum = 0
    for (let j = 0; j < n; j++) sum += (matrix[i * n + j] ?? 0) * (vector[j] ?? 0)
    out[i] = sum
  }
  return out
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0)
  return sum
}

const oneDraw = (draw: Draw, { group, shape, texture }: IdentityPrior): Identity => ({
  group,
  shape: drawnAround(draw, shape, DISTANCE.shape),
  texture: drawnAround(draw, texture, DISTANCE.texture),
})

/** Normal numbers, together so far from the middle as a usual face is, times `distance`. */
function drawnAround(draw: Draw, { middle, left }: CoordinatePrior, distance: number): Float64Array {
  const values = middle.map(() => normalDraw(draw, FURTHEST_DRAW))
  const factor = (Math.sqrt(middle.length) * distance) / Math.max(1e-9, Math.hypot(...values))
  return values.map((value, i) => (middle[i] ?? 0) + value * factor * (left[i] ?? 0))
}

const cosine = (a: Float64Array, b: Float64Array): number =>
  dot(a, b) / Math.max(1e-9, Math.sqrt(dot(a, a) * dot(b, b)))

/** Squared lengths of components, which stay as they are. */
const LENGTHS = new WeakMap<ArrayLike<number>, number>()

function squaredLength(component: ArrayLike<number>): number {
  const known = LENGTHS.get(component)
  if (known !== undefined) return known
  let size = 0
  for (let i = 0; i < component.length; i++) size += (component[i] ?? 0) ** 2
  LENGTHS.set(component, size)
  return size
}

/** Where values lie along each component, in its standard deviations. */
export function coordinates(
  values: ArrayLike<number>,
  mean: ArrayLike<number>,
  components: readonly ArrayLike<number>[],
): Float64Array {
  const from = Float64Array.from({ length: mean.length }, (_, i) => (values[i] ?? 0) - (mean[i] ?? 0))
  return Float64Array.from(components, (component) => {
    let dot = 0
    for (let i = 0; i < component.length; i++) dot += (component[i] ?? 0) * (from[i] ?? 0)
    return dot / Math.max(1e-12, squaredLength(component))
  })
}

/** `values` moved from one identity to another: what the components cannot say (mood, pose) stays. */
export function moved(
  values: Float64Array,
  components: readonly ArrayLike<number>[],
  { from, to, by }: { from: Float64Array; to: Float64Array; by: ArrayLike<number> },
): Float64Array {
  const change = new Float64Array(values.length)
  components.forEach((component, k) => {
    const step = (to[k] ?? 0) - (from[k] ?? 0)
    for (let i = 0; i < component.length; i++) change[i] = (change[i] ?? 0) + step * (component[i] ?? 0)
  })
  return values.map((value, i) => value + (change[i] ?? 0) * (by[Math.floor(i / 3)] ?? 0))
}
