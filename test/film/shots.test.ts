// Proves that cuts are seen and that motion, noise and light are not taken for cuts.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type CutState,
  decideCut,
  noShot,
  SKETCH_HEIGHT,
  SKETCH_WIDTH,
  sketchOf,
} from '#anonymizer/pure/track-cut.ts'

/** A frame as the scaler gives it: the mean luma of each cell, here taken at its middle. `luma` is in 96 x 54 pixels. */
function small(luma: (x: number, y: number) => number): Uint8Array {
  return Uint8Array.from({ length: SKETCH_WIDTH * SKETCH_HEIGHT }, (_, i) =>
    Math.min(255, Math.max(0, luma((i % SKETCH_WIDTH) * 3 + 1, Math.floor(i / SKETCH_WIDTH) * 3 + 1))),
  )
}

function cutsIn(frames: readonly Uint8Array[]): number[] {
  let state: CutState = noShot
  return frames.flatMap((data, index) => {
    const decided = decideCut(state, sketchOf(data, SKETCH_WIDTH))
    state = decided.state
    return decided.cut ? [index] : []
  })
}

const scene = (seed: number) => (x: number, y: number) =>
  128 +
  90 * Math.sin((x * (seed % 5) + seed * 7) / 11) * Math.cos((y * (1 + (seed % 3)) + seed) / 9) +
  (seed % 7) * 12 -
  36

test('the first frame starts a shot, and a still film has no other', () => {
  expect(cutsIn(Array.from({ length: 20 }, () => small(scene(3))))).toEqual([0])
})

test('a change of scene is a cut in the very frame', () => {
  const dark = small((x, y) => 40 + ((x * y) % 30))
  const bright = small((x, y) => 190 + ((x + y) % 40))
  expect(cutsIn([dark, dark, dark, bright, bright, dark])).toEqual([0, 3, 5])
})

test('a camera that pans steadily makes no cut', () => {
  const pan = Array.from({ length: 30 }, (_, i) => small((x, y) => scene(4)(x + 2 * i, y)))
  expect(cutsIn(pan)).toEqual([0])
})

test('light that fades makes no cut', () => {
  const fade = Array.from({ length: 30 }, (_, i) => small((x, y) => scene(2)(x, y) * (1 - i / 40)))
  expect(cutsIn(fade)).toEqual([0])
})

test('noise makes no cut', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1000 }), (seed) => {
      const noisy = Array.from({ length: 10 }, (_, i) =>
        small((x, y) => scene(3)(x, y) + ((x * 31 + y * 17 + i * 101 + seed) % 23) - 11),
      )
      expect(cutsIn(noisy)).toEqual([0])
    }),
    { numRuns: 30 },
  )
})

test('another scene as bright as the one before is a cut all the same', () => {
  const one = small((x) => (x < 48 ? 60 : 140))
  const other = small((x) => (x < 48 ? 105 : 95))
  expect(cutsIn([one, one, one, other, other])).toEqual([0, 3])
})

test('two scenes as bright as each other all over are told apart by what is where', () => {
  const night = (turn: number): Uint8Array =>
    small((x, y) => 40 + 45 * Math.sin(x / 7 + turn) * Math.sin(y / 5 + turn))
  expect(cutsIn([night(0), night(0), night(0.1), night(1.9), night(1.9)])).toEqual([0, 3])
})

test('a film that flickers in every frame is not cut in every frame', () => {
  const flicker = Array.from({ length: 20 }, (_, i) => small((x, y) => scene(3)(x, y) + (i % 2 ? 50 : -50)))
  expect(cutsIn(flicker).length).toBeLessThan(6)
})

test('a lamp switched on makes no cut', () => {
  const [dark, lit] = [small(scene(3)), small((x, y) => scene(3)(x, y) + 14)]
  expect(cutsIn([dark, dark, dark, lit, lit, lit])).toEqual([0])
})
