import { describe, expect, test } from 'vitest'
import { drawIdentity, moved } from '#anonymizer/syn/pure/identity.ts'
import type { IdentityPrior } from '#anonymizer/syn/pure/identity-prior.ts'
import { normalDraw, seededDraw } from '#anonymizer/syn/pure/seeded-draws.ts'
import { gradientsOf, productsOf } from '#anonymizer/syn/pure/texture-products.ts'
import { nearestSource } from '../../bench/syn/nearest-source.ts'

const [TEXTURES, SHAPES] = [24, 24]
const identity = (n: number): Float64Array =>
  Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0))
const around = (count: number) => ({
  middle: new Float64Array(count),
  left: new Float64Array(count).fill(1),
  settled: [],
})
const prior: IdentityPrior = {
  group: 0,
  texture: around(TEXTURES),
  shape: around(SHAPES),
  aroundEyes: identity(TEXTURES),
  gradients: identity(TEXTURES),
}

test('of 300 draws none comes as near to anybody as the nearest hundredth of pairs of people to each other', () => {
  const next = seededDraw(new Uint8Array(32).fill(5))
  const usual = (count: number): Float64Array =>
    Float64Array.from({ length: count }, () => normalDraw(next, 4))
  const people = Array.from({ length: 120 }, () => ({
    prior,
    original: { texture: usual(TEXTURES), shape: usual(SHAPES) },
  }))
  const figures = nearestSource(people, 300)
  expect(figures.texture_near_draws).toBe(0)
  expect(figures.shape_near_draws).toBe(0)
}, 60_000)

describe('the likeness of two textures', () => {
  const inside = new Float32Array(16).fill(1)
  test('is that of their gradients, which a change of brightness leaves as it was', () => {
    const slope = Float32Array.from({ length: 16 }, (_, i) => i % 4)
    const brighter = slope.map((value) => value + 100)
    const down = Float32Array.from({ length: 16 }, (_, i) => Math.floor(i / 4))
    const [a, b, c] = [slope, brighter, down].map((texture) => gradientsOf(texture, inside))
    const products = productsOf([a ?? inside, b ?? inside, c ?? inside])
    expect(products[1]).toBe(products[0])
    expect(products[0]).toBe(9)
    expect(products[2]).toBe(0)
    expect(products[8]).toBe(12)
    expect(products[6]).toBe(products[2])
  })
  test('has no step at the outline in it', () => {
    const half = inside.map((_, i) => (i % 4 < 2 ? 1 : 0))
    const step = Float32Array.from({ length: 16 }, (_, i) => (i % 4 < 2 ? 0 : 50))
    expect(Math.max(...gradientsOf(step, half))).toBe(0)
  })
  test('around the eyes decides on a draw, and so do gradients', () => {
    const only = (at: number): Float64Array =>
      Float64Array.from({ length: TEXTURES ** 2 }, (_, i) => (i === at * (TEXTURES + 1) ? 1 : 0))
    const texture = new Float64Array(TEXTURES).fill(1)
    const products = { aroundEyes: only(0), gradients: only(1) }
    for (let key = 1; key < 9; key++) {
      const draw = seededDraw(new Uint8Array(32).fill(key))
      const drawn = drawIdentity(draw, { ...prior, ...products }, { texture })
      expect(Math.max(drawn.texture[0] ?? 1, drawn.texture[1] ?? 1)).toBeLessThan(0)
    }
  })
})

test('what is a person’s own in a shape is forgotten where it may be, and kept where it is the mood', () => {
  const values = Float64Array.of(1, 0, 0, 1, 0, 0)
  const components = [[0, 1, 0, 0, 1, 0]]
  const out = moved(values, components, {
    ...{ from: Float64Array.of(0), to: Float64Array.of(2) },
    ...{ mean: [0, 0, 0, 0, 0, 0], by: [1, 0.5], forgotten: [1, 0] },
  })
  expect([...out]).toEqual([0, 2, 0, 1, 1, 0])
})
