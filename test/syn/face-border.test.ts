import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Appearance, readAppearance } from '#anonymizer/syn/appearance.ts'
import { type ComposedFace, composeFace } from '#anonymizer/syn/pure/compose-face.ts'
import { drawVertexValues } from '#anonymizer/syn/pure/draw-texture.ts'
import { type MeshTopology, POINTS } from '#anonymizer/syn/pure/face-mesh-shape.ts'
import { moustacheOver } from '#anonymizer/syn/pure/moustache.ts'
import { seededDraw } from '#anonymizer/syn/pure/seeded-draws.ts'

const MODEL = join(import.meta.dirname, '../../models/syn')
const SIDE = 160
const SKIN = [150, -10, 18] as const
const WALL = [110, 45, -20] as const

let appearance: Appearance
let flat: Float64Array
beforeAll(async () => {
  const [json, sheet] = await Promise.all(
    ['appearance.json', 'appearance-textures.jpg'].map((name) => readFile(join(MODEL, name))),
  )
  appearance = await readAppearance(json ?? new Uint8Array(), sheet ?? new Uint8Array())
  flat = appearance.textureAt.map((value) => (value * SIDE) / appearance.side)
})

const at = (point: number): readonly [number, number] => [flat[point * 2] ?? 0, flat[point * 2 + 1] ?? 0]
const indexOf = ([x, y]: readonly [number, number]): number => Math.floor(y) * SIDE + Math.floor(x)

const insideOf = ({ outline }: MeshTopology): Float32Array =>
  new Float32Array(POINTS + outline.length).fill(1, 0, POINTS)

/** How far a point lies from the straight way between two others. */
function fromEdge(
  p: readonly [number, number],
  a: readonly [number, number],
  b: readonly [number, number],
): number {
  const [ux, uy] = [b[0] - a[0], b[1] - a[1]]
  const part = ((p[0] - a[0]) * ux + (p[1] - a[1]) * uy) / (ux * ux + uy * uy)
  const t = Math.min(1, Math.max(0, part))
  return Math.hypot(p[0] - a[0] - t * ux, p[1] - a[1] - t * uy)
}

/** A bald face of one colour, `isWall` of it a blue wall. */
function composed(isWall: (x: number, y: number) => boolean): ComposedFace {
  const planes = SKIN.map((skin, p) =>
    Float32Array.from({ length: SIDE * SIDE }, (_, i) =>
      isWall(i % SIDE, Math.floor(i / SIDE)) ? (WALL[p] ?? 0) : skin,
    ),
  )
  const { topology } = appearance
  return composeFace({
    side: SIDE,
    planes,
    original: flat,
    drawn: flat,
    corners: topology.corners,
    mouth: { ...appearance.mouth, kept: 0 },
    lips: { ...appearance.lips, innerLips: topology.innerLips },
    eyes: topology.eyes,
    look: { iris: [0, 0], brightness: 0.3 },
    hairRoom: appearance.hairRooms[0] ?? new Float32Array(),
    nearOutline: appearance.nearOutline,
    strength: appearance.strength,
    inside: insideOf(topology),
    texture: { width: SIDE, height: SIDE, planes: planes.map(() => new Float32Array(SIDE * SIDE)) },
    textureAt: flat,
    faceWidth: SIDE * 0.72,
    grain: seededDraw(new Uint8Array(32)),
  })
}

/** Points of the outline beside the mouth, and of the cheek. */
const [JAW, CHEEK] = [58, 50]

describe('a wall', () => {
  test('that the outline takes in beside the jaw stays', () => {
    const [jawX] = at(JAW)
    const { cover } = composed((x) => x < jawX + 3)
    expect(cover[indexOf([jawX + 1, at(JAW)[1]])]).toBeLessThan(0.1)
    expect(cover[indexOf(at(CHEEK))]).toBe(1)
  })
  test('is not what a light of its colour makes of half a face: that is replaced', () => {
    const [cheekX] = at(CHEEK)
    const { cover } = composed((x) => x < cheekX + 8)
    expect(cover[indexOf(at(CHEEK))]).toBeGreaterThan(0.99)
  })
})

describe('the border of a face', () => {
  test('is skin beyond which neck and ears soon stay: half way to the ring nothing is replaced any more', () => {
    const { cover } = composed(() => false)
    const { outline } = appearance.topology
    const chin = outline.indexOf(152)
    const [x, y] = at(152)
    const [ringX, ringY] = at(POINTS + chin)
    expect(cover[indexOf([x, y - 2])]).toBe(1)
    expect(cover[indexOf([(x + ringX) / 2, (y + ringY) / 2])]).toBeLessThan(0.05)
  })
  test('has no dents between the points of the outline, and ends alike all along it', () => {
    const { topology } = appearance
    const [large, scale] = [640, 640 / SIDE]
    const values = drawVertexValues(
      flat.map((v) => v * scale),
      topology.corners,
      insideOf(topology),
      large,
    )
    const between = (a: number, b: number, part: number): number => {
      const [x, y] = [0, 1].map(
        (axis) => ((flat[a * 2 + axis] ?? 0) * (1 - part) + (flat[b * 2 + axis] ?? 0) * part) * scale,
      )
      return values[Math.floor(y ?? 0) * large + Math.floor(x ?? 0)] ?? 0
    }
    topology.outline.forEach((from, k) => {
      const next = (k + 1) % topology.outline.length
      const to = topology.outline[next] ?? 0
      for (const part of [0.3, 0.5, 0.7]) expect(between(from, to, part)).toBeGreaterThan(0.96)
      expect(between(POINTS + k, POINTS + next, 0.5)).toBeLessThan(0.04)
    })
  })
  test('goes towards an identity less than the middle, lips too, and near points go nearly as far', () => {
    const { moves, topology } = appearance
    expect(moves[6] ?? 0).toBeGreaterThan(0.95)
    for (const i of [152, 234, 454, 13, 14, 38, 61]) expect(moves[i] ?? 1).toBeLessThan(0.5)
    const { corners } = topology
    for (let t = 0; t < corners.length; t += 3) {
      const three = [0, 1, 2].map((k) => corners[t + k] ?? 0).filter((i) => i < POINTS)
      const values = three.map((i) => moves[i] ?? 0)
      expect(Math.max(...values) - Math.min(...values)).toBeLessThan(0.45)
    }
  })
  test('has the place’s own shading, and the middle has not', () => {
    const { nearOutline, topology } = appearance
    for (const i of topology.outline) expect(nearOutline[i]).toBe(1)
    for (const i of [4, 13, 33, 50, 105]) expect(nearOutline[i]).toBe(0)
  })
  test('may have long hair over the jaw only in the group without beards', () => {
    const [men, women] = appearance.hairRooms
    for (const i of [361, 397, 132, 172]) {
      expect(women?.[i]).toBe(1)
      expect(men?.[i] ?? 1).toBeLessThan(1)
    }
    for (const i of [152, 13, 4, 33, 105]) expect(women?.[i]).toBe(0)
  })
  test('gives hair of the beardless the same room all along the side, so that no spike of skin lies over it', () => {
    const { hairRooms, topology } = appearance
    const [ear, jaw] = [at(454), at(397)]
    const { outline } = topology
    const near = Array.from({ length: POINTS }, (_, i) => i).filter((i) => {
      const apart = outline.map((from, k) =>
        fromEdge(at(i), at(from), at(outline[(k + 1) % outline.length] ?? 0)),
      )
      return at(i)[1] >= ear[1] && at(i)[1] <= jaw[1] && Math.min(...apart) < 0.017 * SIDE
    })
    expect(near.length).toBeGreaterThan(15)
    for (const i of near) expect([i, hairRooms[1]?.[i]]).toEqual([i, 1])
  })
})

test('an open mouth is kept from lip to lip without a gap', () => {
  const open = flat.slice()
  const { innerLips, corners } = appearance.topology
  // The lower lip and all below it a little down.
  const lower = innerLips.slice(11)
  const [, level] = at(13)
  for (let i = 0; i < POINTS; i++) {
    const y = open[i * 2 + 1] ?? 0
    if (lower.includes(i) || y > level + 2) open[i * 2 + 1] = y + 8
  }
  const kept = drawVertexValues(open, appearance.mouth.corners, appearance.mouth.weights, SIDE)
  const y = Math.floor(level + 2)
  const [from, to] = [at(80)[0] + 1, at(310)[0] - 1]
  expect(corners.length).toBeGreaterThan(2000)
  for (let x = Math.ceil(from); x < to; x++) expect(kept[y * SIDE + x]).toBeGreaterThan(0.95)
})

test('a moustache is dark between nose and lip, a shaved lip is not, nor is one in the shade', () => {
  const light = new Float32Array(SIDE * SIDE).fill(150)
  const over = (value: number, lit = light): number =>
    moustacheOver({ luma: new Float32Array(SIDE * SIDE).fill(value), light: lit, side: SIDE }, flat)
  expect(over(60)).toBe(1)
  expect(over(130)).toBe(0)
  expect(over(60, new Float32Array(SIDE * SIDE).fill(70))).toBe(0)
})
