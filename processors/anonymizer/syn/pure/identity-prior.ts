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
}
export interface IdentityPrior {
  /** Index of the group of textures. */
  readonly group: number
  readonly texture: CoordinatePrior
  readonly shape: CoordinatePrior
  /** Products of the texture's components around brows and eyes, row after row. */
  readonly aroundEyes: Float64Array
}

/** All in deviations from the mean face. */
export interface Conditions {
  readonly looks: readonly number[]
  readonly moods: readonly number[]
}

/** Looks say who somebody is as well: no more of them is taken over than many people share. */
const MOST_LOOK = 1
const MOST_MOOD = 2

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
): Omit<IdentityPrior, 'aroundEyes'> | undefined {
  const group = (looks[0] ?? 0) > model.border ? 1 : 0
  const texture = model.groups[group]
  if (!texture) return undefined
  const shared = looks.map((value) => clamped(value, MOST_LOOK))
  const all = [...shared, ...moods.map((value) => clamped(value, MOST_MOOD))]
  return { group, texture: priorOf(texture, all), shape: priorOf(model.shape, shared) }
}

const clamped = (value: number, most: number): number => Math.min(most, Math.max(-most, value))

function priorOf({ mean, weights, left }: Follows, conditions: readonly number[]): CoordinatePrior {
  const middle = Float64Array.from(weights, (row) =>
    conditions.reduce((sum, value, c) => sum + (row[c] ?? 0) * (value - (mean[c] ?? 0)), 0),
  )
  return { middle, left }
}
