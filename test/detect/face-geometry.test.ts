import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anchorBox, anchorOf, anchorPoints } from '#anonymizer/pure/face-anchor.ts'
import { faceExtent } from '#anonymizer/pure/face-extent.ts'
import { joinOpinions, leastOpinion } from '#anonymizer/pure/second-opinion.ts'
import { backFromTurn, facesMayLie, TURNS } from '#anonymizer/pure/turned-look.ts'
import { pythonBytes } from '#models/prepare/python-bytes.ts'
import type { Box } from '#schemas/detection-document.ts'

describe('an anchor', () => {
  const input = { width: 64, height: 96 }

  it('is numbered through three maps, rows, columns and two sides, and none comes after the last', () => {
    const all = 2 * (8 * 12 + 4 * 6 + 2 * 3)
    expect(anchorOf(0, input)).toEqual({ cx: 4, cy: 4, side: 16 })
    expect(anchorOf(1, input)).toEqual({ cx: 4, cy: 4, side: 32 })
    expect(anchorOf(2 * 8 + 3, input)).toEqual({ cx: 12, cy: 12, side: 32 })
    expect(anchorOf(2 * 8 * 12, input)).toEqual({ cx: 8, cy: 8, side: 64 })
    expect(anchorOf(all - 1, input)).toEqual({ cx: 48, cy: 80, side: 512 })
    expect(anchorOf(all, input)).toBeUndefined()
  })

  it('with zeros is the box itself, and its numbers move and stretch it by its own side', () => {
    const anchor = { cx: 100, cy: 50, side: 20 }
    expect(anchorBox(anchor, [0, 0, 0, 0], 0)).toEqual([90, 40, 110, 60])
    const [x1, y1, x2, y2] = anchorBox(anchor, [9, 1, -2, 5 * Math.log(2), 0], 1)
    expect([(x1 + x2) / 2, (y1 + y2) / 2]).toEqual([102, 46])
    expect([x2 - x1, y2 - y1]).toEqual([expect.closeTo(40), expect.closeTo(20)])
    expect(anchorPoints(anchor, [1, -1, 0, 0, 0, 0, 0, 0, 0, 2], 0)).toEqual([
      102, 48, 100, 50, 100, 50, 100, 50, 100, 54,
    ])
  })
})

describe('the extent of a face', () => {
  it('begins lower on the forehead and ends under the chin, wherever its chin is', () => {
    const rounded = (box: Box): readonly number[] => box.map((value) => Number(value.toFixed(6)) + 0)
    expect(rounded(faceExtent([0, 0, 100, 200], 0))).toEqual([0, 15, 100, 209])
    expect(rounded(faceExtent([0, 0, 100, 200], 180))).toEqual([0, -9, 100, 185])
    expect(rounded(faceExtent([0, 0, 100, 200], 90))).toEqual([-4.5, 0, 92.5, 200])
    expect(rounded(faceExtent([0, 0, 100, 200], -90))).toEqual([7.5, 0, 104.5, 200])
  })

  it('always keeps nine tenths of the detector’s box and its size within a twentieth', () => {
    fc.assert(
      fc.property(fc.double({ min: -180, max: 180, noNaN: true }), (roll) => {
        const [x1, y1, x2, y2] = faceExtent([0, 0, 100, 100], roll)
        const kept = (Math.min(100, x2) - Math.max(0, x1)) * (Math.min(100, y2) - Math.max(0, y1))
        expect(kept).toBeGreaterThan(8900)
        expect((x2 - x1) * (y2 - y1)).toBeGreaterThan(9500)
      }),
    )
  })
})

describe('a second opinion', () => {
  const find = (score: number, box: Box) => ({ score, box })

  it('makes two faint finds of one face a sure one, between both, and keeps what the first said besides', () => {
    const [joined, ...others] = joinOpinions(
      [{ ...find(0.4, [0, 0, 10, 10]), roll: 7 }],
      [{ ...find(0.8, [1, 1, 11, 11]), roll: 90 }],
    )
    expect(others).toEqual([])
    expect(joined).toMatchObject({ score: expect.closeTo(1 - 0.6 * 0.6), roll: 7 })
    expect(joined?.box).toEqual([0.5, 0.5, 10.5, 10.5].map((value) => expect.closeTo(value)))
  })

  it('alone counts for less, and never takes the place of a neighbour', () => {
    expect(joinOpinions([find(0.6, [0, 0, 10, 10])], [find(0.9, [20, 0, 30, 10])])).toEqual([
      find(0.6, [0, 0, 10, 10]),
      { score: expect.closeTo(0.63), box: [20, 0, 30, 10] },
    ])
  })

  it('never lowers what the first was sure of, and loses no find of either', () => {
    const box = fc
      .tuple(fc.nat(80), fc.nat(80), fc.integer({ min: 4, max: 20 }))
      .map(([x, y, side]): Box => [x, y, x + side, y + side])
    const finds = fc.array(fc.record({ score: fc.double({ min: 0.1, max: 1, noNaN: true }), box }), {
      maxLength: 8,
    })
    fc.assert(
      fc.property(finds, finds, (first, second) => {
        const joined = joinOpinions(first, second)
        first.forEach((each, i) => {
          expect(joined[i]?.score).toBeGreaterThanOrEqual(each.score)
        })
        expect(joined.length).toBeGreaterThanOrEqual(Math.max(first.length, second.length))
        expect(joined.length).toBeLessThanOrEqual(first.length + second.length)
      }),
    )
  })

  it('is asked for faint finds, but never for less than the user wants', () => {
    expect([leastOpinion(0.5), leastOpinion(0.04)]).toEqual([0.1, 0.04])
  })
})

describe('a turned look', () => {
  it('tells where a find lies in the picture as it is, with the lean of the head', () => {
    const look = { width: 40, height: 30 }
    const upright = { box: [5, 2, 15, 12] as Box, roll: 0 }
    /** Where the upright find is after the picture was turned clockwise: (x, y) goes to (height - y, x) and so on. */
    const seen: Record<number, Box> = { 90: [18, 5, 28, 15], 180: [25, 18, 35, 28], 270: [2, 25, 12, 35] }
    for (const turn of TURNS) {
      const back = backFromTurn({ box: seen[turn] ?? upright.box, roll: turn }, turn, look)
      expect(back).toEqual(upright)
    }
    expect(backFromTurn({ box: [0, 0, 1, 1] as Box, roll: 0 }, 270, look).roll).toBe(90)
    expect(backFromTurn({ box: [0, 0, 1, 1] as Box, roll: 0 }, 90, look).roll).toBe(-90)
  })

  it('is worth it where no sure face stands, or where one lies', () => {
    expect(facesMayLie([])).toBe(true)
    expect(facesMayLie([{ score: 0.6, roll: 0 }])).toBe(true)
    expect(facesMayLie([{ score: 0.8, roll: 0 }])).toBe(false)
    expect(facesMayLie([{ score: 0.8 }, { score: 0.55, roll: -95 }])).toBe(true)
    expect(facesMayLie([{ score: 0.8 }, { score: 0.3, roll: -95 }])).toBe(false)
    expect(facesMayLie([{ score: 0.8, roll: 40 }])).toBe(false)
  })
})

describe('bytes in a Python file', () => {
  const bytes = (text: string): Uint8Array => pythonBytes(Buffer.from(text, 'latin1'), 'WEIGHTS')

  it('are read as Python would', () => {
    expect([...bytes(String.raw`WEIGHTS = b'\x00\xffA\n\r\t\\\'"' `)]).toEqual([
      0, 255, 65, 10, 13, 9, 92, 39, 34,
    ])
    expect([...bytes('import a\nWEIGHTS = b"it\'s"\n')]).toEqual([...Buffer.from("it's")])
  })

  it('that are missing, cut off or written in another way are refused', () => {
    expect(() => bytes('OTHER = b"a"')).toThrow('holds no bytes named WEIGHTS')
    expect(() => bytes("WEIGHTS = b'abc")).toThrow('do not end')
    expect(() => bytes(String.raw`WEIGHTS = b'\q'`)).toThrow('not known')
    expect(() => bytes(String.raw`WEIGHTS = b'\xg1'`)).toThrow('not known')
  })
})
