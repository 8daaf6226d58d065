import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { calibrated, rawThreshold } from '#anonymizer/pure/calibration.ts'
import { clippedDetection } from '#anonymizer/pure/clipped-detection.ts'
import { faceRoll } from '#anonymizer/pure/face-roll.ts'
import { backFromLook, isCutBy, tileLooks, wholeLook } from '#anonymizer/pure/look.ts'
import { suppress } from '#anonymizer/pure/non-maximum-suppression.ts'
import type { Box } from '#schemas/detection-document.ts'

const face = (score: number, box: Box) => ({ class: 'face' as const, score, box })
const size = fc.integer({ min: 1, max: 6000 })
const TILES = { tile: 900, overlap: 0.2, longestSide: 1024, mostTiles: 48 }

describe('a look', () => {
  it('brings every pixel of the picture into view, however long and thin the picture is', () => {
    fc.assert(
      fc.property(size, size, fc.integer({ min: 32, max: 2000 }), (width, height, longestSide) => {
        const look = wholeLook(width, height, { longestSide, mostEnlarged: 2.5 })
        expect([look.left, look.top, look.regionWidth, look.regionHeight]).toEqual([0, 0, width, height])
        expect(Math.min(look.width, look.height)).toBeGreaterThanOrEqual(1)
        expect(Math.max(look.width, look.height)).toBeLessThanOrEqual(longestSide)
      }),
    )
  })

  it('as tiles leaves no pixel out, stays inside the picture and keeps its number', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20_000 }),
        fc.integer({ min: 1, max: 20_000 }),
        (width, height) => {
          const looks = tileLooks(width, height, TILES)
          if (looks.length === 0) return
          expect(looks.length).toBeLessThanOrEqual(TILES.mostTiles)
          const covers = (axis: 'x' | 'y'): number => {
            const spans = looks
              .map((look) =>
                axis === 'x'
                  ? [look.left, look.left + look.regionWidth]
                  : [look.top, look.top + look.regionHeight],
              )
              .toSorted((a, b) => (a[0] ?? 0) - (b[0] ?? 0))
            let reached = 0
            for (const [from = 0, to = 0] of spans) if (from <= reached) reached = Math.max(reached, to)
            return reached
          }
          expect([covers('x'), covers('y')]).toEqual([width, height])
          for (const look of looks) {
            expect(look.left + look.regionWidth).toBeLessThanOrEqual(width)
            expect(look.top + look.regionHeight).toBeLessThanOrEqual(height)
          }
        },
      ),
    )
  })

  it('gives an object that is smaller than the overlap whole to at least one tile', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1000, max: 5000 }),
        fc.integer({ min: 1000, max: 5000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (width, height, u, v) => {
          const side = 150
          const x = u * (width - side)
          const y = v * (height - side)
          const box: Box = [x, y, x + side, y + side]
          const whole = tileLooks(width, height, TILES).filter(
            (look) =>
              look.left <= x &&
              look.top <= y &&
              look.left + look.regionWidth >= x + side &&
              look.top + look.regionHeight >= y + side &&
              !isCutBy(look, box, { width, height }),
          )
          expect(whole.length).toBeGreaterThan(0)
        },
      ),
    )
  })

  it('brings a find back to where it was', () => {
    fc.assert(
      fc.property(size, size, (width, height) => {
        const look = wholeLook(width, height, { longestSide: 640, mostEnlarged: 2 })
        const { box } = backFromLook(look, { box: [0, 0, look.width, look.height] })
        expect(box[2]).toBeCloseTo(width, 6)
        expect(box[3]).toBeCloseTo(height, 6)
      }),
    )
  })
})

describe('one find per object', () => {
  it('keeps the surest of those that overlap and all that do not', () => {
    const kept = suppress(
      [face(0.4, [0, 0, 10, 10]), face(0.9, [1, 0, 11, 10]), face(0.3, [30, 30, 40, 40])],
      { iou: 0.3, contained: 1.01 },
    )
    expect(kept.map((find) => find.score)).toEqual([0.9, 0.3])
  })

  it('never drops a plate because of a face', () => {
    const plate = { class: 'plate' as const, score: 0.2, box: [0, 0, 10, 10] as Box }
    expect(suppress([face(0.9, [0, 0, 10, 10]), plate], { iou: 0.3, contained: 0.8 })).toHaveLength(2)
  })

  it('leaves nothing that is not covered by something kept', () => {
    const box = fc
      .tuple(fc.nat(50), fc.nat(50), fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 30 }))
      .map(([x, y, w, h]): Box => [x, y, x + w, y + h])
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), box)), (rows) => {
        const finds = rows.map(([score, each]) => face(score, each))
        const kept = suppress(finds, { iou: 0.3, contained: 1.01 })
        expect(suppress(kept, { iou: 0.3, contained: 1.01 })).toEqual(kept)
        for (const find of finds) {
          const { length } = suppress([...kept, find], { iou: 0.3, contained: 1.01 })
          expect(length).toBe(kept.length)
        }
      }),
    )
  })
})

describe('a score', () => {
  const points = [
    [0, 0],
    [0.3, 0.3],
    [0.36, 0.5],
    [0.5, 0.7],
    [1, 1],
  ] as const

  it('keeps its order and comes back from the user’s scale', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (a, b) => {
          if (a < b) expect(calibrated(a, points)).toBeLessThanOrEqual(calibrated(b, points))
          expect(rawThreshold(calibrated(a, points), points)).toBeCloseTo(a, 9)
        },
      ),
    )
  })

  it('goes through the points it was given', () => {
    for (const [raw, users] of points) expect(calibrated(raw, points)).toBeCloseTo(users, 12)
  })
})

describe('a head’s roll', () => {
  it('is the angle by which the face was turned clockwise, in profile too', () => {
    const upright = [-10, -8, 10, -8, 0, 2, -7, 12, 7, 12]
    const profile = [-1, -8, 1, -8, 4, 2, 0, 12, 1, 12]
    fc.assert(
      fc.property(
        fc.integer({ min: -170, max: 170 }),
        fc.constantFrom(upright, profile),
        (degrees, points) => {
          const cos = Math.cos((degrees * Math.PI) / 180)
          const sin = Math.sin((degrees * Math.PI) / 180)
          const turned = Array.from({ length: 10 }, (_, i) => {
            const x = points[i - (i % 2)] ?? 0
            const y = points[i - (i % 2) + 1] ?? 0
            return i % 2 ? x * sin + y * cos : x * cos - y * sin
          })
          expect(Math.abs(faceRoll(turned) - degrees)).toBeLessThan(5)
        },
      ),
    )
  })
})

describe('a find at the picture’s edge', () => {
  it('is clipped to the size, not to size - 1, and left out only when it lies outside', () => {
    const picture = { width: 100, height: 50 }
    expect(clippedDetection(face(0.5, [90, 40, 120, 80]), picture)?.box).toEqual([90, 40, 100, 50])
    expect(clippedDetection(face(0.5, [99.5, 49.5, 120, 80]), picture)?.box).toEqual([99.5, 49.5, 100, 50])
    expect(clippedDetection(face(0.5, [100, 0, 120, 20]), picture)).toBeUndefined()
  })
})
