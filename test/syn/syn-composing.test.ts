import { describe, expect, test } from 'vitest'
import { drawEye } from '#anonymizer/syn/pure/draw-eye.ts'
import type { MeshTopology } from '#anonymizer/syn/pure/face-mesh-shape.ts'
import { lowerFaceDifference } from '#anonymizer/syn/pure/lower-face.ts'
import { detailStrength, hairRoom } from '#anonymizer/syn/pure/mesh-regions.ts'
import { reachingIn } from '#anonymizer/syn/pure/reaching-in.ts'
import { shutLips } from '#anonymizer/syn/pure/shut-lips.ts'
import { skinInLight } from '#anonymizer/syn/pure/skin-likeness.ts'

const filled = (side: number, ...values: number[]): Float32Array[] =>
  values.map((value) => new Float32Array(side * side).fill(value))

describe('hair over a face', () => {
  test('stays where it reaches in from outside, and a mark upon the skin does not', () => {
    const side = 12
    const map = new Float32Array(side * side)
    for (let y = 0; y < 6; y++) map[y * side + 4] = 0.9
    map[8 * side + 8] = 1
    const kept = reachingIn(map, side, (i) => i < side)
    expect(kept[5 * side + 4]).toBeCloseTo(0.9, 5)
    expect(kept[8 * side + 8]).toBe(0)
  })
  test('is no more than the thinnest place on its way lets through', () => {
    const side = 12
    const map = new Float32Array(side * side)
    for (let y = 0; y < 8; y++) map[y * side + 4] = y === 3 ? 0.2 : 1
    const kept = reachingIn(map, side, (i) => i < side)
    expect(kept[2 * side + 4]).toBe(1)
    expect(kept[7 * side + 4]).toBeCloseTo(0.2, 5)
  })
  test('is told from skin by the light there; what shines is skin within the face and a wall beyond it', () => {
    const side = 4
    const planes = filled(side, 120, -8, 14)
    planes[0]?.set([25, 230, 230], 0)
    const inside = new Float32Array(side * side).fill(1).fill(0, 2, 3)
    const [hair, shine, wall, skin] = skinInLight(planes, filled(side, 120, -8, 14), inside)
    expect(hair).toBeLessThan(0.05)
    expect(shine).toBe(1)
    expect(wall).toBeLessThan(0.05)
    expect(skin).toBe(1)
  })
  test('may lie at the forehead and never at brows, eyes, nose, mouth or jaw', () => {
    const room = hairRoom(topology, false)
    expect(room[10]).toBe(1)
    for (const i of [70, 105, 107, 300, 334, 33, 133, 4, 13, 14, 152, 148, 377]) expect(room[i]).toBe(0)
  })
})

/** Points on a line, each a tenth from the next: the first lies at a feature, the last at none. */
const topology: MeshTopology = {
  mean: Float64Array.from({ length: 468 * 3 }, (_, i) => (i % 3 === 0 ? Math.floor(i / 3) * 0.1 : 0)),
  stability: new Float64Array(468),
  outline: [10, 338],
  innerLips: [13],
  outerLips: [14],
  eyes: [[33], [263]],
  ring: { grow: 0, growAbove: 0, behind: 0 },
  corners: new Uint16Array(),
}

test('features are drawn stronger than skin, and least where the learned had hair', () => {
  const strength = detailStrength(topology)
  expect(strength[13] ?? 0).toBeGreaterThan(1)
  expect(strength[450] ?? 1).toBeLessThan(strength[13] ?? 0)
  expect(strength[164] ?? 1).toBeLessThan(strength[450] ?? 0)
  expect(strength[151] ?? 1).toBeLessThan(strength[450] ?? 0)
})

describe('a drawn eye', () => {
  const side = 80
  const lids = Array.from({ length: 16 }, (_, i) => i)
  /** An almond of 50 by 20 pixels around the middle. */
  const flat = Float64Array.from({ length: 32 }, (_, i) => {
    const angle = Math.PI + (Math.floor(i / 2) * Math.PI) / 8
    return i % 2 === 0 ? 40 + 25 * Math.cos(angle) : 40 + 10 * Math.sin(angle)
  })
  const eye = (irisAt: number, into: Float32Array[]): void => {
    const planes = filled(side, 150)
    for (let i = 0; i < side * side; i++) {
      const far = Math.hypot((i % side) + 0.5 - irisAt, Math.floor(i / side) + 0.5 - 40)
      if (planes[0] && far < 9) planes[0][i] = 40
    }
    drawEye(into, {
      ...{
        side,
        planes,
        light: filled(side, 150),
        original: flat,
        drawn: flat,
        lids,
        turn: 1,
        faceWidth: 210,
      },
      look: { iris: [0, 0], brightness: 0.3, colour: 0 },
    })
  }
  const darkest = (plane: Float32Array): number => {
    const columns = Array.from({ length: side }, (_, x) => plane[42 * side + x] ?? 0)
    const dark = columns.flatMap((value, x) => (value < 70 ? [x] : []))
    return dark.reduce((sum, x) => sum + x, 0) / dark.length
  }
  test.each([32, 40, 48])('looks to where the original looked: an iris at %d of 80', (irisAt) => {
    const into = filled(side, 150)
    eye(irisAt, into)
    expect(Math.abs(darkest(into[0] ?? new Float32Array()) - irisAt)).toBeLessThan(2.5)
  })
  test('is a dark iris in a bright white, and nothing outside of its lids changes', () => {
    const into = filled(side, 150)
    eye(40, into)
    const [plane = new Float32Array()] = into
    expect(plane[42 * side + 40] ?? 255).toBeLessThan(60)
    expect(plane[42 * side + 22] ?? 0).toBeGreaterThan(95)
    for (const [x, y] of [
      [40, 26],
      [40, 54],
      [10, 40],
      [70, 40],
    ] as const)
      expect(plane[y * side + x]).toBe(150)
  })
})

test('a shut mouth has a dark line between its lips and no teeth', () => {
  const side = 60
  const ring = Array.from({ length: 20 }, (_, i) => i)
  const drawn = Float64Array.from({ length: 40 }, (_, i) => {
    const k = Math.floor(i / 2)
    const part = k <= 10 ? k / 10 : (20 - k) / 10
    return i % 2 === 0 ? 10 + 40 * part : 30 + (k <= 10 ? -4 : 4) * Math.sin(Math.PI * part)
  })
  const luma = new Float32Array(side * side).fill(160)
  const corners = ring.slice(1, 19).flatMap((i) => [0, i, i + 1])
  const lips = { innerLips: ring, corners, weights: new Float32Array(20).fill(1), faceWidth: 120 }
  const light = new Float32Array(side * side).fill(150)
  const open = luma.slice()
  shutLips(open, { side, light, drawn, ...lips, shut: 0 })
  expect(open).toEqual(luma)
  shutLips(luma, { side, light, drawn, ...lips, shut: 1 })
  expect(luma[30 * side + 30] ?? 255).toBeLessThan(115)
  expect(luma[27 * side + 30] ?? 255).toBeLessThan(148)
  expect(luma[10 * side + 30]).toBe(160)
})

describe('the lower half of a face', () => {
  const upperPoints = new Set([168, 6, 8, 9, 122, 351, 193, 417, 197])
  test.each([
    ['a blue mask', [150, -8, 16], [170, 14, -12], true],
    ['a black mask', [150, -8, 16], [25, 0, 0], true],
    ['a white mask', [140, -8, 16], [210, 0, 0], true],
    ['skin', [150, -8, 16], [140, -7, 18], false],
    ['skin in the shade', [170, -9, 18], [130, -7, 14], false],
    ['a grey print', [150], [130], false],
  ] as const)('under %s', (_, upper, lower, isCovered) => {
    const difference = lowerFaceDifference((point) => (upperPoints.has(point) ? upper : lower))
    expect(difference > 15).toBe(isCovered)
  })
})
