// Makes what is drawn as sharp and as grainy as what was there.
import { nthSmallest } from './nth-smallest.ts'
import { unwritten } from './plane-room.ts'
import type { Draw } from './seeded-draws.ts'
import { blurred, type FieldSize } from './smooth-field.ts'

const BLURS = [0.6, 1, 1.6, 2.4, 3.4]
/** Weights of a Gaussian of .8 pixels over three by three. */
const [CENTRE, BESIDE, ACROSS] = [0.273, 0.125, 0.0572]
/** A weaker one is not worth its cost. */
const LEAST_SIGMA = 0.35
const STRIDE = 3
/** Of a normal distribution's deviation, the median of its size. */
const MEDIAN_OF_NORMAL = 0.6745
/** Grain of a camera is a little soft; the part of it that is finer than FINE_SIGMA. */
const GRAIN_SIGMA = 0.8
const NOISE_LEFT = 0.4
/** Skin's own texture counts as fineness too: all of it made up by grain would be speckles. */
const GRAIN_PART = 0.4
const MOST_GRAIN = 4
const LEAST_GRAIN = 0.3
/** Deviation 1 from evenly spread numbers, and what the smoothing takes away. */
const EVEN = 3.46
const SMOOTHED = 2.8

export interface SharpnessToMatch {
  /** What is drawn and what was there, without their light, of one size. */
  readonly detail: Float32Array
  readonly original: Float32Array
  /** 1 where both count. */
  readonly within: Float32Array
  readonly size: FieldSize
  /** The part of sizes by which two are compared: .5 for skin, more where a few strokes make the picture. */
  readonly quantile: number
  readonly grain: Draw
}

/** What it takes to make one picture as sharp and as grainy as another. */
export interface Sharpening {
  /** Of a Gaussian, patch pixels; below LEAST_SIGMA none. */
  readonly sigma: number
  /** Deviation of the grain. */
  readonly grainSize: number
}

/** `detail`, blurred until it is no finer than the original, and grain where it is smoother. */
export function matchSharpness(match: SharpnessToMatch): Float32Array {
  const { values, needs } = measureSharpness(match)
  return withGrain(values, match.size, needs.grainSize, match.grain)
}

/** What that takes, and `detail` as blurred as it needs, without grain. */
export function measureSharpness({
  detail,
  original,
  size,
  within,
  quantile,
}: Omit<SharpnessToMatch, 'grain'>): {
  readonly values: Float32Array
  readonly needs: Sharpening
} {
  const judge = { size, within, quantile }
  const wanted = fineness(original, size, within, quantile)
  const { values, has, sigma } = noFinerThan(detail, judge, wanted * 1.15)
  const noisy = quantile === 0.5 ? wanted : fineness(original, size, within, 0.5)
  const has50 = quantile === 0.5 ? has : fineness(values, size, within, 0.5)
  const missing =
    (GRAIN_PART * Math.sqrt(Math.max(0, noisy * noisy - has50 * has50))) / MEDIAN_OF_NORMAL / NOISE_LEFT
  return { values, needs: { sigma, grainSize: Math.min(MOST_GRAIN, missing) } }
}

/** `detail` made so sharp and grainy as was measured before. */
export function sharpened(
  detail: Float32Array,
  size: FieldSize,
  { sigma, grainSize }: Sharpening,
  draw: Draw,
): Float32Array {
  return withGrain(sigma < LEAST_SIGMA ? detail : blurred(detail, size, sigma), size, grainSize, draw)
}

interface Fitted {
  readonly values: Float32Array
  /** Its fineness. */
  readonly has: number
  readonly sigma: number
}

/** The least of the blurs that is enough, by halving: a stronger one leaves less. */
function noFinerThan(
  detail: Float32Array,
  { size, within, quantile }: Pick<SharpnessToMatch, 'size' | 'within' | 'quantile'>,
  most: number,
): Fitted {
  const own = { values: detail, has: fineness(detail, size, within, quantile), sigma: 0 }
  if (own.has <= most) return own
  let [none, all] = [-1, BLURS.length - 1]
  let enough: Fitted | undefined
  const blurredBy = (step: number): Fitted => {
    const sigma = BLURS[step] ?? 1
    const values = blurred(detail, size, sigma)
    return { values, has: fineness(values, size, within, quantile), sigma }
  }
  while (all - none > 1) {
    const middle = (none + all) >> 1
    const fitted = blurredBy(middle)
    if (fitted.has <= most) [all, enough] = [middle, fitted]
    else none = middle
  }
  return enough ?? blurredBy(all)
}

/** `strength`: deviation of the grain. */
export function withGrain(
  values: Float32Array,
  size: FieldSize,
  strength: number,
  grain: Draw,
): Float32Array {
  if (strength < LEAST_GRAIN) return values
  const noise = unwritten(values.length)
  for (let i = 0; i < noise.length; i++) noise[i] = (grain() - 0.5) * EVEN
  const soft = blurred(noise, size, GRAIN_SIGMA)
  const out = unwritten(values.length)
  for (let i = 0; i < out.length; i++) out[i] = (values[i] ?? 0) + strength * SMOOTHED * (soft[i] ?? 0)
  return out
}

/** Size of what is finer than about a pixel, by quantile: robust against the few strong edges of eyes and hair. */
function fineness(
  values: Float32Array,
  { width, height }: FieldSize,
  within: Float32Array,
  quantile: number,
): number {
  const sizes = unwritten(Math.ceil(values.length / STRIDE))
  const last = values.length - width - 1
  let count = 0
  for (let i = width + 1; i < last && height > 2; i += STRIDE) {
    if (within[i] !== 1) continue
    const beside =
      (values[i - 1] ?? 0) + (values[i + 1] ?? 0) + (values[i - width] ?? 0) + (values[i + width] ?? 0)
    const across =
      (values[i - width - 1] ?? 0) +
      (values[i - width + 1] ?? 0) +
      (values[i + width - 1] ?? 0) +
      (values[i + width + 1] ?? 0)
    const value = values[i] ?? 0
    // A Gaussian of .8 pixels over three by three, taken away.
    sizes[count++] = Math.abs(value - (CENTRE * value + BESIDE * beside + ACROSS * across))
  }
  return count === 0 ? 0 : nthSmallest(sizes, count, Math.min(count - 1, Math.floor(count * quantile)))
}
