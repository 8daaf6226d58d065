// Tells where one shot of a film ends and the next begins, from small luma pictures of neighbouring frames.

/** Side lengths of a sketch, in samples. */
export const SKETCH_WIDTH = 32
export const SKETCH_HEIGHT = 18

const BINS = 32

/** A frame reduced to what the eye sees at a glance. */
export interface Sketch {
  /** SKETCH_WIDTH x SKETCH_HEIGHT luma values, 0..255. */
  readonly luma: Uint8Array
  /** How many of them fall into each of 32 equal bins. */
  readonly histogram: Uint16Array
}

/** What is remembered between frames. */
export interface CutState {
  readonly last: Sketch | null
  /** Running mean of the changes from frame to frame, 0..1. */
  readonly usual: number
}

export const noShot: CutState = { last: null, usual: 0 }

/**
 * Bounds found on the test films: content of another shot differs by more than .12 of the range in a typical sample
 * and by a third of the histogram; a fast pan or a flash of light reaches one of the two, rarely both.
 */
const LEAST_SAMPLE_CHANGE = 0.1
const LEAST_HISTOGRAM_CHANGE = 0.25
/** Other pictures with the same histogram: so much change is a cut whatever the histogram says. */
const SURE_SAMPLE_CHANGE = 0.28
/**
 * Two streets at night are as bright as each other all over: what is where tells them apart. Neighbouring frames of the
 * test films' shots are correlated by .71 at least (a car that fills the picture), frames of two scenes by .2 at most.
 */
const MOST_CORRELATION = 0.45
const LEAST_UNRELATED_CHANGE = 0.05
/** A cut stands out from the film's own motion by this factor. */
const LEAST_SURPRISE = 3
const MEMORY = 0.85

/** The sketch of a frame from its SKETCH_WIDTH x SKETCH_HEIGHT luma averages, rows `stride` apart; keeps no reference. */
export function sketchOf(small: Uint8Array, stride: number): Sketch {
  const luma = new Uint8Array(SKETCH_WIDTH * SKETCH_HEIGHT)
  const histogram = new Uint16Array(BINS)
  for (let row = 0; row < SKETCH_HEIGHT; row++) {
    for (let column = 0; column < SKETCH_WIDTH; column++) {
      const value = small[row * stride + column] ?? 0
      luma[row * SKETCH_WIDTH + column] = value
      const bin = (value * BINS) >> 8
      histogram[bin] = (histogram[bin] ?? 0) + 1
    }
  }
  return { luma, histogram }
}

export interface SketchChange {
  /** Mean change of a sample, and part of the histogram that moved, both 0..1. */
  readonly samples: number
  readonly histogram: number
  /** Pearson's, -1..1, of samples in the same place: more or less light does not lower it. 1 where one is flat. */
  readonly correlation: number
}

export function sketchChange(a: Sketch, b: Sketch): SketchChange {
  const count = a.luma.length
  let samples = 0
  for (let i = 0; i < count; i++) samples += Math.abs((a.luma[i] ?? 0) - (b.luma[i] ?? 0))
  let moved = 0
  for (let i = 0; i < BINS; i++) moved += Math.abs((a.histogram[i] ?? 0) - (b.histogram[i] ?? 0))
  return { samples: samples / count / 255, histogram: moved / count / 2, correlation: correlation(a, b) }
}

function correlation(a: Sketch, b: Sketch): number {
  const [meanA, meanB] = [meanOf(a), meanOf(b)]
  let [ab, aa, bb] = [0, 0, 0]
  for (let i = 0; i < a.luma.length; i++) {
    const [fromA, fromB] = [(a.luma[i] ?? 0) - meanA, (b.luma[i] ?? 0) - meanB]
    ab += fromA * fromB
    aa += fromA * fromA
    bb += fromB * fromB
  }
  return aa === 0 || bb === 0 ? 1 : ab / Math.sqrt(aa * bb)
}

const meanOf = ({ luma }: Sketch): number => luma.reduce((sum, value) => sum + value, 0) / luma.length

/** Whether this frame begins a new shot; the film's first frame does. */
export function decideCut(
  state: CutState,
  sketch: Sketch,
): { readonly cut: boolean; readonly state: CutState } {
  if (!state.last) return { cut: true, state: { last: sketch, usual: 0 } }
  const change = sketchChange(state.last, sketch)
  const strange = change.samples > LEAST_SURPRISE * state.usual
  const other =
    (change.samples >= LEAST_SAMPLE_CHANGE && change.histogram >= LEAST_HISTOGRAM_CHANGE) ||
    (change.samples >= LEAST_UNRELATED_CHANGE && change.correlation <= MOST_CORRELATION)
  // Cuts count as well: in a film that flickers, changing is usual.
  const usual = MEMORY * state.usual + (1 - MEMORY) * change.samples
  return {
    cut: strange && (other || change.samples >= SURE_SAMPLE_CHANGE),
    state: { last: sketch, usual },
  }
}

/** Greatest change of any sample, 0..1: something small that moves shows here and not in the mean. */
export function greatestChange(a: Sketch, b: Sketch): number {
  let greatest = 0
  for (let i = 0; i < a.luma.length; i++)
    greatest = Math.max(greatest, Math.abs((a.luma[i] ?? 0) - (b.luma[i] ?? 0)))
  return greatest / 255
}
