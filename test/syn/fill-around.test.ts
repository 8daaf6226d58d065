import { expect, test } from 'vitest'
import { fillAround } from '#anonymizer/syn/pure/fill-around.ts'
import { nearestKnown } from '#anonymizer/syn/pure/nearest-known.ts'

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
  fillAround({ size: { width: SIDE, height: SIDE }, planes: [plane], distance, across: ACROSS })
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
    across: 8,
  })
  for (const value of whole.planes[0] ?? []) expect(Number.isFinite(value)).toBe(true)
})

test('bars of a grille go on into the region, bright where they are bright, and do not end in a haze', () => {
  const bars = slope.map((_, i) => ((i % SIDE) % 6 < 3 ? 60 : 140))
  const wide = bars.map((_, i) => {
    const [x, y] = [Math.abs((i % SIDE) - 40), Math.abs(Math.floor(i / SIDE) - 40)]
    return Math.max(x - 34, y - ACROSS / 2)
  })
  const plane = bars.map((value, i) => ((wide[i] ?? 0) < 0 ? 250 : value))
  const { planes } = fillAround({
    ...{ size: { width: SIDE, height: SIDE }, planes: [plane], distance: wide, across: ACROSS },
  })
  const row = (40 - ACROSS / 2 + 3) * SIDE
  for (const bar of [24, 36, 48]) {
    const [dark, bright] = [planes[0]?.[row + bar + 1] ?? 0, planes[0]?.[row + bar + 4] ?? 0]
    expect(bright - dark).toBeGreaterThan(30)
  }
})

test('the nearest known pixel is that by distance, its own for a known one, and none where nothing is known', () => {
  const size = { width: 23, height: 17 }
  const known = Float32Array.from({ length: 23 * 17 }, (_, i) => ((i * 7919) % 61 === 0 ? 1 : 0))
  const all = [...known.keys()].filter((i) => known[i] === 1)
  const far = (a: number, b: number): number =>
    Math.hypot((a % 23) - (b % 23), Math.floor(a / 23) - Math.floor(b / 23))
  nearestKnown(known, size).forEach((near, i) => {
    expect(far(near, i)).toBeCloseTo(Math.min(...all.map((other) => far(other, i))), 6)
  })
  expect([...nearestKnown(new Float32Array(6), { width: 3, height: 2 })]).toEqual([-1, -1, -1, -1, -1, -1])
})
