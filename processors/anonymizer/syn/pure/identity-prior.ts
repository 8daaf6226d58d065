// What an identity may look like in place of a given face: of the same group, age and mood, the rest left to chance.

/** How coordinates follow from conditions, linearly: `weights` has a row for each coordinate. */
export interface Follows {
  readonly mean: ArrayLike<number>
  readonly weights: readonly ArrayLike<number>[]
  /** Deviation of each coordinate that the conditions leave. */
  readonly left: Float64Array
}

/** Normal numbers around `middle` with deviations `left`, per coordinate. */
export interface CoordinatePrior {
  readonly middle: Float64Array
  readonly left: Float64Array
  /** Directions of length 1, square to each other, along which chance moves nothing: those in which moods differ. */
  readonly settled: readonly Float64Array[]
}
export interface IdentityPrior {
  /** Index of the group of textures. */
  readonly group: number
  readonly texture: CoordinatePrior
  readonly shape: CoordinatePrior
  /** Products of the texture's components around brows and eyes, row after row. */
  readonly aroundEyes: Float64Array
  /** The same of their gradients within the outline. */
  readonly gradients: Float64Array
}

/** All in deviations from the mean face. */
export interface Conditions {
  readonly looks: readonly number[]
  readonly moods: readonly number[]
}

/** Looks say who somebody is as well: no more of them is taken over than many people share. */
const MOST_LOOK = 1
const MOST_MOOD = 2
/** A direction is one of its own where so much of it lies along no earlier one. */
const LEAST_DIRECTION = 1e-6

/** Linear functions of what is seen, and distances of points: `seen` at the size of the weights, `upright` x, y, z. */
export function conditionsOf(
  seen: ArrayLike<number>,
  upright: ArrayLike<number>,
  model: {
    readonly seenMean: ArrayLike<number>
    readonly looks: readonly ArrayLike<number>[]
    readonly moods: readonly {
      readonly pairs: readonly (readonly [number, number])[]
      readonly mean: number
      readonly deviation: number
    }[]
  },
): Conditions {
  const look = (weights: ArrayLike<number>): number => {
    let sum = 0
    for (let i = 0; i < weights.length; i++)
      sum += (weights[i] ?? 0) * ((seen[i] ?? 0) - (model.seenMean[i] ?? 0))
    return sum
  }
  const apart = ([a, b]: readonly [number, number]): number =>
    Math.hypot(...[0, 1, 2].map((axis) => (upright[a * 3 + axis] ?? 0) - (upright[b * 3 + axis] ?? 0)))
  return {
    looks: model.looks.map(look),
    moods: model.moods.map(({ pairs, mean, deviation }) => {
      const distance = pairs.reduce((sum, pair) => sum + apart(pair), 0) / pairs.length
      return (distance - mean) / deviation
    }),
  }
}

/** The first look tells the group: `groups[1]` above the border. */
export function identityPrior(
  { looks, moods }: Conditions,
  model: { readonly border: number; readonly groups: readonly Follows[]; readonly shape: Follows },
): Omit<IdentityPrior, 'aroundEyes' | 'gradients'> | undefined {
  const group = (looks[0] ?? 0) > model.border ? 1 : 0
  const texture = model.groups[group]
  if (!texture) return undefined
  const shared = looks.map((value) => clamped(value, MOST_LOOK))
  const all = [...shared, ...moods.map((value) => clamped(value, MOST_MOOD))]
  return {
    group,
    texture: { ...priorOf(texture, all), settled: directionsOf(texture, looks.length) },
    shape: { ...priorOf(model.shape, shared), settled: [] },
  }
}

/** Along which the conditions from the given one on move the coordinates (Gram and Schmidt). */
function directionsOf({ weights }: Follows, from: number): readonly Float64Array[] {
  const found: Float64Array[] = []
  for (let c = from; c < (weights[0]?.length ?? 0); c++) {
    const direction = Float64Array.from(weights, (row) => row[c] ?? 0)
    const before = Math.hypot(...direction)
    for (const other of found) withoutPart(direction, other)
    const size = Math.hypot(...direction)
    if (size > LEAST_DIRECTION * before) found.push(direction.map((value) => value / size))
  }
  return found
}

/** Takes out of `values`, in place, what lies along a direction of length 1. */
export function withoutPart(values: Float64Array, direction: Float64Array): void {
  let along = 0
  for (let i = 0; i < values.length; i++) along += (values[i] ?? 0) * (direction[i] ?? 0)
  for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) - along * (direction[i] ?? 0)
}

const clamped = (value: number, most: number): number => Math.min(most, Math.max(-most, value))

function priorOf(
  { mean, weights, left }: Follows,
  conditions: readonly number[],
): Omit<CoordinatePrior, 'settled'> {
  const middle = Float64Array.from(weights, (row) =>
    conditions.reduce((sum, value, c) => sum + (row[c] ?? 0) * (value - (mean[c] ?? 0)), 0),
  )
  return { middle, left }
}
