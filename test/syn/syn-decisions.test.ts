import { describe, expect, test } from 'vitest'
import { inverted, mapped, squareToQuad } from '#anonymizer/pure/homography.ts'
import { synChoice } from '#anonymizer/pure/syn-choice.ts'
import { coveredPart, type FaceFit, fitDoubt } from '#anonymizer/syn/pure/fit-doubts.ts'
import { calmed, type FilterState } from '#anonymizer/syn/pure/one-euro-filter.ts'
import { plateForm } from '#anonymizer/syn/pure/plate-doubts.ts'
import { strokesOf } from '#anonymizer/syn/pure/plate-strokes.ts'
import { isImpossible, plateText } from '#anonymizer/syn/pure/plate-text.ts'
import { headAngles, inversePose, posed, rigidPose } from '#anonymizer/syn/pure/rigid-alignment.ts'
import { seededDraw } from '#anonymizer/syn/pure/seeded-draws.ts'
import { noSynCounts, synFacts } from '#anonymizer/syn/pure/syn-facts.ts'
import type { Quad } from '#schemas/detection-document.ts'
import { synConfigSchema } from '#schemas/model-config.ts'

const key = (byte: number): Uint8Array => new Uint8Array(32).fill(byte)

describe('the pose of a head', () => {
  const points = Float64Array.from({ length: 60 }, seededDraw(key(3)))
  const turn = (degrees: number): Float64Array => {
    const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)]
    return Float64Array.of(cos, 0, sin, 0, 1, 0, -sin, 0, cos)
  }
  const weights = new Float64Array(20).fill(1)

  test.each([0, 12, -35, 70])('turned by %d degrees is found again, with its size and place', (degrees) => {
    const there = posed(points, { scale: 83, rotation: turn(degrees), shift: [120, -7, 4] })
    const pose = rigidPose(points, there, weights)
    expect(pose?.scale).toBeCloseTo(83, 6)
    expect(pose && [...pose.rotation]).toEqual([...turn(degrees)].map((value) => expect.closeTo(value, 6)))
    const back = pose && posed(there, inversePose(pose))
    for (let i = 0; i < points.length; i++) expect(back?.[i]).toBeCloseTo(points[i] ?? 0, 6)
    expect(Math.abs(pose ? headAngles(inversePose(pose)).yaw : 0)).toBeCloseTo(Math.abs(degrees), 4)
  })

  test('is not told by points that are all in one place, or that are no numbers', () => {
    expect(rigidPose(new Float64Array(60), points, weights)).toBeUndefined()
    expect(rigidPose(points.slice().fill(Number.NaN, 0, 1), points, weights)).toBeUndefined()
  })
})

describe('a face is blurred instead', () => {
  const sure: FaceFit = {
    ...{
      presence: 0.99,
      drift: 0.01,
      widthPx: 100,
      yaw: 10,
      pitch: -5,
      visible: 1,
      covered: 1,
      oddness: 1,
      lowerDifference: 4,
    },
    ...{ bounds: [10, 10, 100, 130], box: [12, 8, 98, 126] },
  }
  test('only when there is a doubt', () => expect(fitDoubt(sure)).toBeUndefined())
  test.each([
    ['where the model sees no face', { presence: 0.3 }, 'no_fit'],
    ['where a second look moves the points', { drift: 0.2 }, 'no_fit'],
    ['where the points are no face’s', { oddness: 9 }, 'no_fit'],
    ['where the points are not where the detector was', { bounds: [200, 10, 300, 130] }, 'no_fit'],
    ['where part of what was found would not be replaced', { covered: 0.8 }, 'no_fit'],
    ['where it is small', { widthPx: 12 }, 'small'],
    ['where it is turned away', { yaw: -70 }, 'turned'],
    ['where it looks up to the sky', { pitch: 60 }, 'turned'],
    ['where the border cuts it', { visible: 0.6 }, 'cut'],
    ['where a number is none', { presence: Number.NaN }, 'no_fit'],
    ['where a mask lies over it', { lowerDifference: 30 }, 'occluded'],
    ['where its colours are none', { lowerDifference: Number.NaN }, 'occluded'],
    ['where its size is none', { widthPx: Number.NaN }, 'small'],
    ['where its angle is none', { yaw: Number.NaN }, 'turned'],
  ] satisfies [string, Partial<FaceFit>, string][])('%s', (_, change, why) => {
    expect(fitDoubt({ ...sure, ...change })).toBe(why)
    expect(fitDoubt({ ...sure, ...change }, true)).toBe(why)
  })
  test.each([
    ['its turn', { yaw: 58 }],
    ['its shape', { oddness: 6.4 }],
    ['its colours', { lowerDifference: 16 }],
    ['its size', { widthPx: 21 }],
  ] satisfies [string, Partial<FaceFit>][])('later by %s where the last frame left none', (_, change) => {
    expect(fitDoubt({ ...sure, ...change })).toBeDefined()
    expect(fitDoubt({ ...sure, ...change }, true)).toBeUndefined()
  })
  test('as soon as ever where part of the face would not be replaced', () =>
    expect(fitDoubt({ ...sure, covered: 0.92 }, true)).toBe('no_fit'))
})

test('a box is covered as far as the outline goes', () => {
  const square = (x: number): number[] => [x, 0, x + 100, 0, x + 100, 100, x, 100]
  expect(coveredPart([10, 10, 90, 90], square(0))).toBe(1)
  expect(coveredPart([10, 10, 90, 90], square(50))).toBeCloseTo(0.5, 1)
  expect(coveredPart([10, 10, 90, 90], square(100))).toBe(0)
})

describe('a plate’s text', () => {
  const texts = Array.from({ length: 400 }, (_, i) =>
    plateText(seededDraw(key(i % 251).fill(i >> 4, 0, 4)), i % 2 ? 1 : 2),
  )
  test('is never one that an office hands out', () => {
    for (const text of texts) expect(text).toSatisfy(isImpossible)
    for (const real of ['B 123 ABC', 'QX 001', 'LLL 000', 'AQ 10 AA']) expect(isImpossible(real)).toBe(false)
  })
  test('has only letters that can be drawn, and varies', () => {
    for (const sign of texts.join('').replaceAll(/[ |]/g, '')) expect(strokesOf(sign)).not.toEqual([])
    expect(new Set(texts).size).toBeGreaterThan(150)
  })
})

describe('a plate is drawn only where its corners are sure', () => {
  const picture = { width: 400, height: 300 }
  const level: Quad = [
    [100, 100],
    [200, 100],
    [200, 122],
    [100, 122],
  ]
  test('one row and two rows by its form', () => {
    expect(plateForm(level, picture)).toMatchObject({ rows: 1, width: 100, height: 22 })
    const square = level.map(([x, y], i) => [x, i > 1 ? y + 40 : y]) as Quad
    expect(plateForm(square, picture)).toMatchObject({ rows: 2 })
  })
  test.each<[string, Quad | undefined]>([
    ['without corners', undefined],
    ['corners in the wrong order', [level[1], level[0], level[3], level[2]]],
    ['a corner outside of the picture', [[-3, 100], level[1], level[2], level[3]]],
    [
      'seen at 80 degrees',
      [
        [100, 100],
        [112, 60],
        [112, 140],
        [100, 122],
      ],
    ],
    [
      'squeezed flat',
      [
        [100, 100],
        [300, 100],
        [300, 108],
        [100, 108],
      ],
    ],
    [
      'too small',
      [
        [100, 100],
        [112, 100],
        [112, 104],
        [100, 104],
      ],
    ],
    ['a corner that is no number', [[Number.NaN, 100], level[1], level[2], level[3]]],
  ])('%s', (_, quad) => expect(plateForm(quad, picture)).toBeUndefined())
})

test('a homography maps the corners of the square to the quad and back', () => {
  const quad: Quad = [
    [10, 20],
    [110, 35],
    [104, 80],
    [6, 60],
  ]
  const there = squareToQuad(quad)
  const back = inverted(there)
  const square = [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 1],
  ] as const
  square.forEach(([u, v], i) => {
    const [x, y] = mapped(there, u, v)
    expect([x, y]).toEqual([expect.closeTo(quad[i]?.[0] ?? 0, 9), expect.closeTo(quad[i]?.[1] ?? 0, 9)])
    expect(back && mapped(back, x, y)).toEqual([expect.closeTo(u, 9), expect.closeTo(v, 9)])
  })
  expect(
    inverted(
      squareToQuad([
        [0, 0],
        [1, 0],
        [2, 0],
        [3, 0],
      ]),
    ),
  ).toBeUndefined()
})

describe('the points of a track', () => {
  const run = (place: (frame: number) => number): number[] => {
    let state: FilterState | undefined
    return Array.from({ length: 60 }, (_, frame) => {
      state = calmed(Float64Array.of(place(frame)), 100, frame / 25, state)
      return state.values[0] ?? Number.NaN
    })
  }
  const tremble = (values: readonly number[]): number =>
    values.slice(1).reduce((sum, value, i) => sum + Math.abs(value - (values[i] ?? 0)), 0)
  test('tremble less while the face rests', () => {
    const draw = seededDraw(key(9))
    const noisy = Array.from({ length: 60 }, () => 200 + (draw() - 0.5) * 2)
    expect(tremble(run((frame) => noisy[frame] ?? 0))).toBeLessThan(tremble(noisy) / 2)
  })
  test('never fall further behind than three hundredths of the face', () => {
    const calm = run((frame) => 200 + frame * frame)
    for (const [frame, value] of calm.entries())
      expect(Math.abs(value - (200 + frame * frame))).toBeLessThanOrEqual(3.001)
  })
  test('start anew after a gap', () => {
    const first = calmed(Float64Array.of(10), 100, 0, undefined)
    expect(calmed(Float64Array.of(11), 100, 2, first).values[0]).toBe(11)
  })
})

test('the settings of a job say what is replaced', () => {
  const choice = (config: object) => synChoice({ model: 'syn', config: synConfigSchema.parse(config) })
  expect(choice({})).toEqual({ faces: true, plates: true, scope: 'track' })
  expect(choice({ syntonymize: 'false' })).toEqual({ faces: false, plates: true, scope: 'track' })
  expect(choice({ enable_lp: false, syn_scope: 'job' })).toEqual({ faces: true, plates: false, scope: 'job' })
  expect(choice({ syntonymize: false, lp_syntonymize: false })).toBeUndefined()
  expect(synConfigSchema.safeParse({ syn_scope: 'planet' }).success).toBe(false)
})

test('the report counts what was blurred instead, and why', () => {
  const counts = noSynCounts()
  counts.facesReplaced = 3
  counts.facesBlurred.small = 2
  counts.facesBlurred.cut = 1
  expect(synFacts(counts)).toEqual({
    ...{ faces_synthetic: 3, faces_blurred_instead: 3, faces_blurred_small: 2, faces_blurred_cut: 1 },
    ...{ plates_synthetic: 0, plates_blurred_instead: 0 },
  })
  counts.facesSwitched = 2
  expect(synFacts(counts).faces_switched).toBe(2)
})
