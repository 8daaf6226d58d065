// Calms the points of a face along a track without letting them fall behind when it moves.

/** What is remembered of a track: places and speeds as they were last given out. */
export interface FilterState {
  readonly seconds: number
  readonly values: Float64Array
  readonly speeds: Float64Array
}

/** Hz: what is slower passes while a face rests; speed (in face widths a second) opens the filter. */
const REST_CUTOFF = 1.2
const OPENING = 6
const SPEED_CUTOFF = 1.5
/** After so long without a sight the track starts anew. */
const MOST_GAP_SECONDS = 0.35
/** Further off than this, in face widths, the filter is not believed. */
const MOST_LAG = 0.03

/**
 * The One Euro filter (Casiez, Roussel and Vogel, 2012) on each coordinate, in units of `scale` (the face's width).
 * Gives the calmed values and the state for the next call.
 */
export function calmed(
  values: Float64Array,
  scale: number,
  seconds: number,
  before: FilterState | undefined,
): FilterState {
  const gap = before ? seconds - before.seconds : Number.POSITIVE_INFINITY
  if (!before || !(gap > 0) || gap > MOST_GAP_SECONDS || before.values.length !== values.length)
    return { seconds, values, speeds: new Float64Array(values.length) }
  const out = new Float64Array(values.length)
  const speeds = new Float64Array(values.length)
  const speedShare = share(SPEED_CUTOFF, gap)
  for (let i = 0; i < values.length; i++) {
    const [now, last] = [values[i] ?? 0, before.values[i] ?? 0]
    const speed = (now - last) / scale / gap
    const calmSpeed = speedShare * speed + (1 - speedShare) * (before.speeds[i] ?? 0)
    const part = share(REST_CUTOFF + OPENING * Math.abs(calmSpeed), gap)
    const calm = part * now + (1 - part) * last
    speeds[i] = calmSpeed
    out[i] = Math.abs(calm - now) > MOST_LAG * scale ? now : calm
  }
  return { seconds, values: out, speeds }
}

/** Part of the new value that a first-order low-pass of this cutoff takes after `gap` seconds. */
function share(cutoffHz: number, gap: number): number {
  const tau = 1 / (2 * Math.PI * cutoffHz)
  return 1 / (1 + tau / gap)
}
