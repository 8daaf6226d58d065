import { describe, expect, it } from 'vitest'
import type { Box, Quad } from '#schemas/detection-document.ts'
import { cornerErrors, figuresBySize } from '../../bench/recall/figures-by-size.ts'
import { plateCovers } from '../../bench/recall/mask-cover.ts'
import { judgeFinds } from '../../bench/recall/match-finds.ts'
import { bootstrapInterval, figuresAt } from '../../bench/recall/recall-figures.ts'

const rules = { iou: 0.5, leastWidth: 12 }
const square = (x: number, side: number): Box => [x, 0, x + side, side]
const level = ([x1, y1, x2, y2]: Box, by = 0): Quad => [
  [x1 + by, y1],
  [x2 + by, y1],
  [x2 + by, y2],
  [x1 + by, y2],
]

describe('recall', () => {
  const truth = [square(0, 10), square(100, 15), square(200, 30), square(300, 30)].map((box) => ({ box }))
  const finds = judgeFinds(
    [
      { score: 0.9, box: square(100, 15) },
      { score: 0.4, box: square(200, 30) },
      { score: 0.9, box: square(500, 6) },
      { score: 0.8, box: square(600, 50) },
    ],
    truth.map(({ box }) => box),
    rules,
  )

  it('counts by the width of the truth, and what is too small to be asked for apart', () => {
    const bySize = figuresBySize([{ truth, finds }], 0.5)
    expect(bySize.map(({ from, to, found, all }) => [from, to, found, all])).toEqual([
      [8, 12, 0, 1],
      [12, 20, 1, 1],
      [20, 40, 0, 2],
    ])
  })

  it('tells false finds that are narrower than what is asked for', () => {
    expect(figuresAt([{ measured: 3, finds }], 0.5, 12)).toMatchObject({
      recall: 1 / 3,
      falsePerPicture: 2,
      falseTooSmall: 1,
    })
  })

  it('has an interval that holds it, and no width where every picture is alike', () => {
    const mean = (values: readonly number[]): number =>
      values.reduce((sum, each) => sum + each, 0) / values.length
    const [low, high] = bootstrapInterval([0, 1, 1, 1, 0, 1, 1, 1, 1, 1], mean)
    expect(low).toBeGreaterThan(0.4)
    expect(low).toBeLessThan(0.8)
    expect(high).toBeGreaterThan(0.8)
    expect(bootstrapInterval([1, 1, 1], mean)).toEqual([1, 1])
  })
})

describe('the error of corners', () => {
  it('is the mean distance by the true width, of found plates only', () => {
    const box: Box = [0, 0, 100, 20]
    const truth = [
      { box, quad: level(box) },
      { box: [500, 0, 600, 20] as Box, quad: level([500, 0, 600, 20]) },
    ]
    const boxes = truth.map((each) => each.box)
    const found = judgeFinds([{ score: 0.9, box, quad: level(box, 5) }], boxes, { iou: 0.5, leastWidth: 0 })
    expect(cornerErrors([{ truth, finds: found }], 0.5)).toEqual([0.05])
    expect(cornerErrors([{ truth, finds: found }], 0.95)).toEqual([])
  })
})

describe('what masks hide of a plate', () => {
  const box: Box = [0, 0, 100, 20]
  const truth = [{ box, quad: level(box) }]
  const coversOf = (by: number, score = 0.9): ReturnType<typeof plateCovers> => {
    const moved: Box = [by, 0, 100 + by, 20]
    const finds = judgeFinds([{ score, box: moved, quad: level(moved) }], [box], rules)
    return plateCovers([{ truth, finds }], 0.5)
  }

  it('is all of it where the corners are right, by a mask that is larger on every side', () => {
    expect(coversOf(0)).toEqual([{ covered: 1, larger: expect.closeTo((127 * 47) / (100 * 20), 6) }])
  })

  it('is what the moved mask reaches, to a row of the grid', () => {
    expect(coversOf(30)[0]?.covered).toBeCloseTo(1 - (30 - 13.5) / 100, 1)
  })

  it('is nothing to speak of where the plate was not found', () => {
    expect(coversOf(0, 0.4)).toEqual([])
  })
})
