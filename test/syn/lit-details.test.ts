import { describe, expect, test } from 'vitest'
import { litDetails } from '#anonymizer/syn/pure/lit-details.ts'
import { seededDraw } from '#anonymizer/syn/pure/seeded-draws.ts'

const side = 48
const count = side * side
const pattern = (size: number, period: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => size * Math.sin(((i % side) * 2 * Math.PI) / period))
const flat = (value: number): Float32Array => new Float32Array(count).fill(value)
const sum = (...parts: Float32Array[]): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => parts.reduce((total, part) => total + (part[i] ?? 0), 0))
const size = (values: Float32Array): number =>
  values.reduce((total, value) => total + Math.abs(value), 0) / count

/** Two triangles over all of the patch; `was`: details of the original in a light of 120 without colour. */
function drawn(
  was: readonly [Float32Array, Float32Array, Float32Array],
  strength = 1,
): readonly Float32Array[] {
  const square = Float64Array.of(0, 0, side, 0, side, side, 0, side)
  return litDetails({
    side,
    planes: [sum(flat(120), was[0]), was[1], was[2]],
    light: [flat(120), flat(0), flat(0)],
    within: flat(1),
    ...{ original: square, drawn: square, corners: [0, 1, 2, 0, 2, 3], textureAt: square },
    texture: { width: side, height: side, planes: [pattern(1, 16), pattern(0.5, 11), pattern(0.5, 7)] },
    strength: new Float32Array(4).fill(strength),
    eyes: [],
    look: { iris: [0, 0], brightness: 0.3 },
    lips: { corners: [], weights: [], innerLips: [], shut: 0 },
    faceWidth: 40,
    grain: seededDraw(new Uint8Array(32)),
  }).planes
}

describe('details in the light of a place', () => {
  test('are about as strong as the original’s', () => {
    const [luma = flat(0)] = drawn([pattern(10, 12), flat(0), flat(0)])
    const left = size(luma.map((value) => value - 120))
    expect(left).toBeGreaterThan(4)
    expect(left).toBeLessThan(9)
  })
  test('are as faint as their strength at a vertex says', () => {
    const of = (strength: number): number =>
      size((drawn([pattern(10, 12), flat(0), flat(0)], strength)[0] ?? flat(0)).map((value) => value - 120))
    expect(of(0.25)).toBeLessThan(0.5 * of(1))
  })
  test('shine no further above the light than skin does', () => {
    const [luma = flat(0)] = drawn([pattern(90, 12), flat(0), flat(0)], 8)
    expect(Math.max(...luma)).toBeLessThan(120 + 0.2 * 120 + 6 + 16)
    expect(Math.min(...luma)).toBeGreaterThan(0)
  })
  test('have no hues of their own in a print of one colour: its ink follows brightness', () => {
    const [luma = flat(0), cb = flat(0), cr = flat(1)] = drawn([pattern(10, 12), pattern(-3, 12), flat(0)])
    expect(size(cr)).toBeLessThan(0.05)
    for (let i = 0; i < count; i++)
      expect(Math.abs((cb[i] ?? 0) + 0.3 * ((luma[i] ?? 0) - 120))).toBeLessThan(2)
  })
  test('have hues where the original had some, and no more than it had', () => {
    const [, cb = flat(0)] = drawn([pattern(10, 12), pattern(4, 9), pattern(4, 5)])
    expect(size(cb)).toBeGreaterThan(1)
    expect(size(cb)).toBeLessThan(5)
  })
})
