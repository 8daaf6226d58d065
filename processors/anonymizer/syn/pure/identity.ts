// Nobody's face: a draw from the appearance model's statistics, far from the face that it is to replace.
import { type CoordinatePrior, type IdentityPrior, withoutPart } from './identity-prior.ts'
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
const DISTANCE = { shape: 1.5, texture: 1.8 }
/** Draws of which the one least like the original is kept. */
const CANDIDATES = 256

/**
 * Of these draws the one that is least like the face to be replaced (where that is known), by three cosines: of the
 * coordinates, of the brightness around brows and eyes, where embedders look most, and of the gradients of the whole face.
 * Shapes have no say: how alike they are tells nothing of how alike the faces are. The same draws give the same identity.
 * Who knows the model and every draw learns log2(CANDIDATES) bits of the original by the choice, and no more.
 */
export function drawIdentity(
  draw: Draw,
  prior: IdentityPrior,
  original: Pick<Identity, 'texture'> | undefined,
): Identity {
  const { group } = prior
  const shape = drawnAround(draw, prior.shape, DISTANCE.shape)
  let texture = drawnAround(draw, prior.texture, DISTANCE.texture)
  if (!original) return { group, shape, texture }
  const likenesses = [prior.aroundEyes, prior.gradients].map((products) =>
    likenessIn(products, original.texture),
  )
  const likeness = (drawn: Float64Array): number =>
    likenesses.reduce((sum, like) => sum + like(drawn), 2 * cosine(drawn, original.texture))
  let least = likeness(texture)
  for (let i = 1; i < CANDIDATES; i++) {
    const next = drawnAround(draw, prior.texture, DISTANCE.texture)
    const like = likeness(next)
    if (like < least) [texture, least] = [next, like]
  }
  return { group, shape, texture }
}

/** The cosine to `original` of what coordinates stand for, by the products of each pair of components. */
function likenessIn(products: Float64Array, original: Float64Array): (texture: Float64Array) => number {
  const towards = times(products, original)
  const size = Math.sqrt(Math.max(1e-12, dot(original, towards)))
  return (texture) => dot(texture, towards) / size / Math.sqrt(Math.max(1e-12, square(products, texture)))
}

/** A vector times a symmetric matrix times the vector: half of the matrix is read. */
function square(matrix: Float64Array, vector: Float64Array): number {
  const n = vector.length
  let all = 0
  for (let i = 0; i < n; i++) {
    let sum = 0.5 * (matrix[i * n + i] ?? 0) * (vector[i] ?? 0)
    for (let j = 0, at = i * n; j < i; j++, at++) sum += (matrix[at] ?? 0) * (vector[j] ?? 0)
    all += 2 * sum * (vector[i] ?? 0)
  }
  return all
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

/** Normal numbers, together so far from the middle as a usual face is, times `distance`. */
function drawnAround(draw: Draw, { middle, left, settled }: CoordinatePrior, distance: number): Float64Array {
  const values = new Float64Array(middle.length)
  let size = 0
  for (let i = 0; i < values.length; i++) {
    const value = normalDraw(draw, FURTHEST_DRAW)
    size += value * value
    values[i] = value * (left[i] ?? 0)
  }
  const factor = distance * Math.sqrt(middle.length / Math.max(1e-18, size))
  for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) * factor
  for (const direction of settled) withoutPart(values, direction)
  for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) + (middle[i] ?? 0)
  return values
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
  const from = new Float64Array(mean.length)
  for (let i = 0; i < from.length; i++) from[i] = (values[i] ?? 0) - (mean[i] ?? 0)
  const out = new Float64Array(components.length)
  components.forEach((component, k) => {
    out[k] = along(component, from) / Math.max(1e-12, squaredLength(component))
  })
  return out
}

function along(component: ArrayLike<number>, values: Float64Array): number {
  let sum = 0
  for (let i = 0; i < component.length; i++) sum += (component[i] ?? 0) * (values[i] ?? 0)
  return sum
}

/** `values`, x, y, z after x, y, z, moved from one identity to another. */
export function moved(
  values: Float64Array,
  components: readonly ArrayLike<number>[],
  { from, to, by, mean, forgotten }: ShapeMove,
): Float64Array {
  const said = Float64Array.from(mean)
  const step = new Float64Array(values.length)
  components.forEach((component, k) => {
    addTimes(said, component, from[k] ?? 0)
    addTimes(step, component, (to[k] ?? 0) - (from[k] ?? 0))
  })
  const out = new Float64Array(values.length)
  for (let point = 0, i = 0; i < out.length; point++) {
    const [further, less] = [by[point] ?? 0, forgotten[point] ?? 0]
    for (const end = i + 3; i < end; i++) {
      const value = values[i] ?? 0
      out[i] = value + (step[i] ?? 0) * further - (value - (said[i] ?? value)) * less
    }
  }
  return out
}

function addTimes(into: Float64Array, component: ArrayLike<number>, by: number): void {
  for (let i = 0; i < component.length; i++) into[i] = (into[i] ?? 0) + by * (component[i] ?? 0)
}

export interface ShapeMove {
  /** In standard deviations of the components. */
  readonly from: Float64Array
  readonly to: Float64Array
  /** For each point: how far it goes, and how much it forgets of what the components cannot say, 0..1. */
  readonly by: ArrayLike<number>
  readonly mean: ArrayLike<number>
  readonly forgotten: ArrayLike<number>
}
