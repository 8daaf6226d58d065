import { describe, expect, test } from 'vitest'
import { drawIdentity } from '#anonymizer/syn/pure/identity.ts'
import {
  type CoordinatePrior,
  conditionsOf,
  type Follows,
  type IdentityPrior,
  identityPrior,
} from '#anonymizer/syn/pure/identity-prior.ts'
import { seededDraw } from '#anonymizer/syn/pure/seeded-draws.ts'
import { skinLikeness } from '#anonymizer/syn/pure/skin-likeness.ts'
import { type Steadiness, steadied } from '#anonymizer/syn/pure/steady-choice.ts'

const key = (byte: number): Uint8Array => new Uint8Array(32).fill(byte)

describe('an identity', () => {
  const around = (count: number, middle: number): CoordinatePrior => ({
    middle: new Float64Array(count).fill(middle),
    left: new Float64Array(count).fill(1),
    settled: [],
  })
  const eye = Float64Array.from({ length: 3600 }, (_, i) => (i % 61 === 0 ? 1 : 0))
  const prior: IdentityPrior = {
    group: 1,
    texture: around(60, 0),
    shape: around(20, 0),
    aroundEyes: eye,
    gradients: eye,
  }

  test('is the same for the same key and another for another', () => {
    expect(drawIdentity(seededDraw(key(1)), prior, undefined)).toEqual(
      drawIdentity(seededDraw(key(1)), prior, undefined),
    )
    expect(drawIdentity(seededDraw(key(1)), prior, undefined)).not.toEqual(
      drawIdentity(seededDraw(key(2)), prior, undefined),
    )
  })
  test('lies on the other side of the model from the face that it replaces', () => {
    for (let i = 1; i < 30; i++) {
      const original = drawIdentity(seededDraw(key(100 + i)), prior, undefined)
      const chosen = drawIdentity(seededDraw(key(i)), prior, original)
      const dot = chosen.texture.reduce((sum, value, k) => sum + value * (original.texture[k] ?? 0), 0)
      expect(dot).toBeLessThan(0)
    }
  })
  test('has the mood that its prior names, whatever else chance draws', () => {
    const direction = Float64Array.from({ length: 60 }, (_, k) => (k < 4 ? 0.5 : 0))
    const settled = { ...prior, texture: { ...around(60, 3), settled: [direction] } }
    const along = (texture: Float64Array): number =>
      texture.reduce((sum, value, k) => sum + value * (direction[k] ?? 0), 0)
    for (let i = 1; i < 10; i++)
      expect(along(drawIdentity(seededDraw(key(i)), settled, undefined).texture)).toBeCloseTo(6, 9)
  })
  test('is of the group, and around the middle, that its prior names', () => {
    const far = { ...prior, texture: { ...around(60, 50), left: new Float64Array(60).fill(0.1) } }
    const drawn = drawIdentity(seededDraw(key(4)), far, undefined)
    expect(drawn.group).toBe(1)
    for (const value of drawn.texture) expect(Math.abs(value - 50)).toBeLessThan(1)
  })
})

describe('what a drawn face takes over', () => {
  const follows = (rows: number): Follows => ({
    mean: [0, 0],
    weights: Array.from({ length: rows }, () => [1, 10]),
    left: new Float64Array(rows).fill(1),
  })
  const model = { border: 0.5, groups: [follows(2), follows(3)], shape: { ...follows(4), mean: [0] } }

  test('is told from linear functions of what is seen, and from distances of points', () => {
    const upright = new Float64Array(9)
    upright.set([3, 4, 0], 3)
    const seen = conditionsOf([2, 0], upright, {
      seenMean: [1, 1],
      looks: [
        [1, 0],
        [1, 1],
      ],
      moods: [{ pairs: [[0, 1]], mean: 3, deviation: 2 }],
    })
    expect(seen).toEqual({ looks: [1, 0], moods: [1] })
  })
  test('is the group by the first look, and the rest by the conditions', () => {
    expect(identityPrior({ looks: [0.6], moods: [0.2] }, model)).toMatchObject({ group: 1 })
    expect(identityPrior({ looks: [0.4], moods: [0.2] }, model)).toMatchObject({ group: 0 })
    const prior = identityPrior({ looks: [0.4], moods: [0.2] }, model)
    expect([...(prior?.texture.middle ?? [])]).toEqual([2.4, 2.4])
  })
  test('leaves nothing to chance along the directions of moods, and all of the rest', () => {
    const rows = [
      [5, 1, 2],
      [0, 0, 2],
      [7, 0, 0],
    ]
    const group = { mean: [0, 0, 0], weights: rows, left: new Float64Array(3).fill(1) }
    const prior = identityPrior({ looks: [1], moods: [0, 0] }, { ...model, groups: [group, group] })
    expect(prior?.texture.settled.map((direction) => [...direction])).toEqual([
      [1, 0, 0],
      [0, 1, 0],
    ])
    expect(prior?.shape.settled).toEqual([])
  })
  test('is no more of the looks than many people share', () => {
    const most = identityPrior({ looks: [40], moods: [0] }, model)
    expect([...(most?.shape.middle ?? [])]).toEqual([1, 1, 1, 1])
  })
})

describe('a face along a track', () => {
  const drawn = (sure: readonly boolean[]): string => {
    let state: Steadiness | undefined
    return sure
      .map((isSure, frame) => {
        const next = steadied(state, isSure, frame / 10)
        state = next.state
        return next.isDrawn ? '#' : '.'
      })
      .join('')
  }
  const looks = (pattern: string): boolean[] => [...pattern].map((sign) => sign === '+')

  test('is drawn from its first sure look', () => expect(drawn(looks('+++'))).toBe('###'))
  test('is blurred at the first doubt and drawn again only after it was sure for a while', () =>
    expect(drawn(looks(`++-${'+'.repeat(20)}`))).toBe(`##.${'.'.repeat(15)}#####`))
  test('does not flicker: looks that are sure every second time never bring it back', () => {
    const flicker = Array.from({ length: 200 }, (_, i) => i % 2 === 0)
    expect(drawn(flicker)).toBe(`#${'.'.repeat(199)}`)
  })
  test('that began in doubt is drawn after half a second', () =>
    expect(drawn(looks(`-${'+'.repeat(8)}`))).toBe('......###'))
})

test('hair and glasses are less like skin than a cheek in the shade', () => {
  const side = 20
  const planes = [200, -10, 15].map((value) => new Float32Array(side * side).fill(value))
  const flat = new Float64Array(468 * 2).fill(10)
  const at = (x: number, y: number, colours: readonly number[]): number => {
    colours.forEach((value, p) => {
      planes[p]?.fill(value, y * side + x, y * side + x + 1)
    })
    return y * side + x
  }
  const [shade, hair, blue] = [at(2, 2, [150, -8, 12]), at(4, 2, [40, 0, 4]), at(6, 2, [150, 40, -20])]
  const likeness = skinLikeness(planes, side, flat)
  expect(likeness[0]).toBeCloseTo(1, 2)
  expect(likeness[shade] ?? 0).toBeGreaterThan(0.5)
  expect(likeness[hair] ?? 1).toBeLessThan(0.1)
  expect(likeness[blue] ?? 1).toBeLessThan(0.1)
})
