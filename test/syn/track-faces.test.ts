import { describe, expect, test } from 'vitest'
import { memoryOf } from '#anonymizer/syn/memory-of.ts'
import { plateColours } from '#anonymizer/syn/pure/compose-plate.ts'
import type { DetailMeasures } from '#anonymizer/syn/pure/lit-details.ts'
import { type LastLook, planLook } from '#anonymizer/syn/pure/track-look.ts'
import { trackMeasures } from '#anonymizer/syn/track-measures.ts'
import type { Quad } from '#schemas/detection-document.ts'

describe('the next look along a track', () => {
  const sure: LastLook = {
    seconds: 1,
    box: [10, 10, 30, 30],
    points: Float64Array.of(20, 20, 4, 25, 15, 8),
    rested: 0,
  }
  const now = { seconds: 1.04, box: [14, 8, 34, 28] } as const
  test('of a new face, of one not seen for long and of one from later is at its box', () => {
    for (const last of [undefined, { ...sure, seconds: 0.6 }, { ...sure, seconds: 2 }])
      expect(planLook(last, { ...now, box: [...now.box] }, true)).toEqual({ do: 'find' })
  })
  test('of a sure face is where its points are now if they move and grow with the box', () => {
    expect(planLook(sure, { seconds: 1.04, box: [14, 8, 34, 28] }, true)).toEqual({
      do: 'follow',
      expected: Float64Array.of(24, 18, 4, 29, 13, 8),
    })
    const grown = planLook(sure, { seconds: 1.04, box: [0, 0, 40, 40] }, false)
    expect(grown).toEqual({ do: 'follow', expected: Float64Array.of(20, 20, 8, 30, 10, 16) })
  })
  test('of a blurred face in doubt is left out twice and then taken', () => {
    const doubt = { ...sure, points: undefined }
    const plans = [0, 1, 2].map(
      (rested) => planLook({ ...doubt, rested }, { ...now, box: [...now.box] }, false).do,
    )
    expect(plans).toEqual(['rest', 'rest', 'find'])
  })
  test('is never left out while a synthetic face is shown', () => {
    const plan = planLook({ ...sure, points: undefined }, { ...now, box: [...now.box] }, true)
    expect(plan.do).toBe('find')
  })
})

describe('what was measured of a track', () => {
  const measured: DetailMeasures = { gain: 2, byColour: 1, colour: 1, slopes: [], sigma: 1, grainSize: 1 }
  test('is kept between frames and partly renewed a few times a second', () => {
    const measures = trackMeasures()
    expect(measures.known('a', 0)).toBeUndefined()
    measures.remember('a', 0, measured)
    const renewed = [0.04, 0.08, 0.12, 0.16, 0.2, 0.24, 0.28, 0.32].map((seconds) => {
      const known = measures.known('a', seconds)
      measures.remember('a', seconds, measured)
      return known?.renewed
    })
    expect(renewed.filter((part) => part === 0)).toHaveLength(7)
    expect(renewed[6]).toBeGreaterThan(0)
  })
  test('is forgotten after a gap, and no picture knows anything', () => {
    const measures = trackMeasures()
    measures.remember('a', 0, measured)
    expect(measures.known('a', 1)).toBeUndefined()
    expect(measures.known('b', 0.04)).toBeUndefined()
    measures.remember('still 0', undefined, measured)
    expect(measures.known('still 0', undefined)).toBeUndefined()
  })
})

test('a plate’s kind is told by most of its pixels, and kept where it is known', () => {
  const size = { width: 60, height: 20 }
  const luma = Float32Array.from({ length: 1200 }, (_, i) => (i % 4 === 0 ? 40 : 200))
  const planes = [luma, new Float32Array(1200), new Float32Array(1200)]
  const quad: Quad = [
    [0, 0],
    [60, 0],
    [60, 20],
    [0, 20],
  ]
  const seen = plateColours(planes, quad, size)
  expect(seen).toMatchObject({ brightGround: true, band: false })
  expect([seen?.ground[0], seen?.ink[0]]).toEqual([200, 40])
  const kept = plateColours(planes, quad, size, { brightGround: false, band: true })
  expect(kept).toMatchObject({ brightGround: false, band: true })
  expect([kept?.ground[0], kept?.ink[0]]).toEqual([40, 200])
})

test('a memory forgets what was longest not set', () => {
  const memory = memoryOf<number, string>(2)
  memory.set(1, 'a')
  memory.set(2, 'b')
  memory.set(1, 'c')
  memory.set(3, 'd')
  expect([1, 2, 3].map((key) => memory.get(key))).toEqual(['c', undefined, 'd'])
})
