// Proves that two finds are one object only where the pictures between them show the one becoming the other.
import { describe, expect, test } from 'vitest'
import { seenBetween } from '#anonymizer/film/seen-between.ts'
import type { GreyPicture } from '#anonymizer/pure/patch-match.ts'
import type { Sighting } from '#anonymizer/pure/track-follow.ts'
import type { Box } from '#schemas/detection-document.ts'
import { shownGreys } from './shown-greys.ts'

const [WIDTH, HEIGHT] = [320, 180]

interface Thing {
  readonly x: number
  readonly y: number
  readonly seed: number
}

/** Rough ground, the same in all frames unless it moves, with things 24 x 10 pixels large that have a pattern of their own. */
function picture(things: readonly Thing[], groundAt = 0): GreyPicture {
  const data = new Uint8Array(WIDTH * HEIGHT)
  const noise = (x: number, y: number, seed: number): number => {
    const value = Math.sin(x * 12.9898 + y * 78.233 + seed * 37.719) * 43758.5453
    return value - Math.floor(value)
  }
  for (let y = 0; y < HEIGHT; y++)
    for (let x = 0; x < WIDTH; x++) data[y * WIDTH + x] = 90 + 25 * noise(x >> 1, (y - groundAt) >> 1, 1)
  for (const { x: left, y: top, seed } of things)
    for (let y = 0; y < 10; y++)
      for (let x = 0; x < 24; x++) {
        const at = (top + y) * WIDTH + left + x
        data[at] = 150 + 90 * noise(x >> 1, y >> 1, seed)
      }
  return { data, width: WIDTH, height: HEIGHT, stride: WIDTH }
}

const boxOf = ({ x, y }: Thing): Box => [x, y, x + 24, y + 10]
const seenAt = (frame: number, box: Box): Sighting => ({ frame, at: frame / 25, score: 0.6, box })
const LAST = 12
const frames = Array.from({ length: LAST + 1 }, (_, frame) => frame)

describe('two finds twelve frames apart', () => {
  const asked = (pictures: readonly (GreyPicture | undefined)[], from: Box, to: Box): boolean =>
    seenBetween(shownGreys(pictures))(seenAt(0, from), { score: 0.6, box: to }, LAST)

  test('are one object that moved, or stayed', () => {
    const moving = frames.map((frame): Thing => ({ x: 60 + 6 * frame, y: 80, seed: 5 }))
    const [first, last] = [moving[0], moving.at(-1)]
    if (!first || !last) throw new Error('no frames')
    expect(
      asked(
        moving.map((thing) => picture([thing])),
        boxOf(first),
        boxOf(last),
      ),
    ).toBe(true)
    expect(
      asked(
        frames.map(() => picture([first])),
        boxOf(first),
        boxOf(first),
      ),
    ).toBe(true)
  })

  test('are two, where one went away and another came to its place', () => {
    const passing = frames.map((frame): readonly Thing[] => [
      { x: 100, y: 80 + 8 * frame, seed: 5 },
      { x: 100, y: 80 - 8 * (LAST - frame) + 2, seed: 9 },
    ])
    const pictures = passing.map((things, frame) =>
      picture(
        things.filter(({ y }) => y > 0 && y < HEIGHT - 12),
        8 * frame,
      ),
    )
    expect(asked(pictures, [100, 80, 124, 90], [100, 82, 124, 92])).toBe(false)
  })

  test('may be one where nothing can be said: too few rows to follow, or pictures that are not held', () => {
    const still = frames.map(() => picture([{ x: 100, y: 80, seed: 5 }]))
    expect(asked(still, [100, 80, 124, 81.5], [180, 80, 204, 81.5])).toBe(true)
    expect(asked(still, [100, 80, 124, 90], [180, 80, 204, 90])).toBe(false)
    expect(asked([undefined, ...still.slice(1)], [100, 80, 124, 90], [180, 80, 204, 90])).toBe(true)
  })
})
