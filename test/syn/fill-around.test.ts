import { expect, test } from 'vitest'
import { fillAround } from '#anonymizer/syn/pure/fill-around.ts'
import { seededDraw } from '#anonymizer/syn/pure/seeded-draws.ts'

const SIDE = 80
const ACROSS = 24
/** A square hole in the middle. */
const distance = Float32Array.from({ length: SIDE * SIDE }, (_, i) => {
  const [x, y] = [Math.abs((i % SIDE) - 40), Math.abs(Math.floor(i / SIDE) - 40)]
  return Math.max(x, y) - ACROSS / 2
})
const slope = Float32Array.from({ length: SIDE * SIDE }, (_, i) => 60 + (i % SIDE))
const within = (value: (i: number) => number): Float32Array =>
  slope.map((plain, i) => ((distance[i] ?? 0) < 0 ? value(i) : plain))
const filled = (plane: Float32Array) =>
  fillAround({
    ...{ size: { width: SIDE, height: SIDE }, planes: [plane], distance, across: ACROSS },
    grain: seededDraw(new Uint8Array(32)),
  })
/** The overlay laid over the plane. */
const laid = (plane: Float32Array): number[] => {
  const { cover, planes } = filled(plane)
  return [...plane].map((old, i) => (1 - (cover[i] ?? 0)) * old + (planes[0]?.[i] ?? 0))
}

test('what was within has no say in what a region is filled with', () => {
  const one = laid(within(() => 250))
  const other = laid(within((i) => (i * 37) % 255))
  one.forEach((value, i) => {
    if ((distance[i] ?? 0) < 0) expect(value).toBeCloseTo(other[i] ?? Number.NaN, 4)
  })
})

test('a slope goes on through the hole, and what lies outside stays', () => {
  const done = laid(within(() => 250))
  for (let i = 0; i < done.length; i++) {
    if ((distance[i] ?? 0) > 2) expect(done[i]).toBe(slope[i])
    else expect(Math.abs((done[i] ?? 0) - (slope[i] ?? 0))).toBeLessThan(9)
  }
})

test('a region without anything around it is filled with one value and no NaN', () => {
  const whole = fillAround({
    ...{
      size: { width: 8, height: 8 },
      planes: [new Float32Array(64).fill(9)],
      distance: new Float32Array(64).fill(-5),
    },
    ...{ across: 8, grain: seededDraw(new Uint8Array(32)) },
  })
  for (const value of whole.planes[0] ?? []) expect(Number.isFinite(value)).toBe(true)
})
