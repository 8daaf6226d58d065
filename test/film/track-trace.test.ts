// Proves that whoever came or went between two looks is followed there, and that calm ends as soon as something stirs.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Cadence,
  dueAfter,
  type LookOutcome,
  nextCadence,
  startCadence,
} from '#anonymizer/pure/look-cadence.ts'
import { type Find, type Following, followLook, nobody } from '#anonymizer/pure/track-follow.ts'
import { openTraces, stepTraces, type Trace, tracedRegions } from '#anonymizer/pure/track-trace.ts'
import type { Box } from '#schemas/detection-document.ts'

const RULES = { strong: 0.5, longestGapSeconds: 1, longestGapFrames: 45 }
const at = (x: number, y = 50, side = 40): Find => ({ score: 0.9, box: [x, y, x + side, y + side] })
const look = (from: Following, frame: number, ...finds: Find[]): Following =>
  followLook(from, { frame, at: frame / 30, finds }, RULES)

describe('between two looks', () => {
  const gap = { previousFrame: 3, frame: 6 }
  const before = look(nobody, 3, at(0), at(200))

  test('nobody is followed who was seen at both', () => {
    const after = look(before, 6, at(4), at(204))
    expect(openTraces(before, after, gap)).toEqual({ onwards: [], back: [] })
  })

  test('who is gone is followed onwards from where it was seen, who came is followed back', () => {
    const after = look(before, 6, at(4), at(500))
    const { onwards, back } = openTraces(before, after, gap)
    expect(onwards.map(({ box }) => box)).toEqual([at(200).box])
    expect(back.map(({ box }) => box)).toEqual([at(500).box])
  })

  test('who was lost before the first look is not looked for again', () => {
    const lost = look(before, 6, at(4))
    const after = look(lost, 9, at(8))
    expect(openTraces(lost, after, { previousFrame: 6, frame: 9 })).toEqual({ onwards: [], back: [] })
  })
})

const trace = (box: Box, misses = 0): Trace => ({ box, misses })

describe('a trace', () => {
  test('is looked for in all of its own surroundings, as far as it may have moved in a frame', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -0.9, max: 0.9, noNaN: true }),
        fc.double({ min: -0.9, max: 0.9, noNaN: true }),
        (dx, dy) => {
          const [region] = tracedRegions([trace([100, 100, 140, 140])])
          const moved = [100 + 40 * dx, 100 + 40 * dy, 140 + 40 * dx, 140 + 40 * dy] as const
          expect(region?.[0]).toBeLessThanOrEqual(moved[0])
          expect(region?.[1]).toBeLessThanOrEqual(moved[1])
          expect(region?.[2]).toBeGreaterThanOrEqual(moved[2])
          expect(region?.[3]).toBeGreaterThanOrEqual(moved[3])
        },
      ),
    )
  })

  test('goes on with the nearest find, and rests after two misses', () => {
    const [near] = stepTraces([trace([0, 0, 40, 40])], [at(300), at(10, 0)])
    expect(near).toEqual(trace(at(10, 0).box))
    const once = stepTraces([trace([0, 0, 40, 40])], [])
    expect(tracedRegions(once)).toHaveLength(1)
    expect(tracedRegions(stepTraces(once, []))).toEqual([])
    expect(stepTraces(once, [at(300)])).toEqual([trace([0, 0, 40, 40], 2)])
  })
})

describe('looks lie', () => {
  const rules = { near: 3, far: 9 }
  const calm: LookOutcome = { joined: true, steadiness: 0.9, surest: 1.6, motion: 0.01 }
  const cadenceAfter = (...outcomes: LookOutcome[]): Cadence =>
    outcomes.reduce((cadence, outcome) => nextCadence(cadence, outcome, rules), startCadence(rules))

  test('further apart while all is calm, and never further than the farthest', () => {
    expect(cadenceAfter(calm, calm).frames).toBe(5)
    expect(cadenceAfter(...Array.from({ length: 30 }, () => calm)).frames).toBe(9)
  })

  test.each([{ joined: false }, { steadiness: 0.4 }, { surest: 1.05 }, { motion: 0.05 }])(
    'near again after %o',
    (change) => {
      expect(cadenceAfter(calm, calm, calm, { ...calm, ...change })).toEqual(startCadence(rules))
    },
  )

  test('near at once where something stirs', () => {
    expect(dueAfter({ frames: 9 }, 0.01, rules)).toBe(9)
    expect(dueAfter({ frames: 9 }, 0.05, rules)).toBe(3)
  })
})
