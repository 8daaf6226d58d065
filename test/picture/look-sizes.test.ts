import { describe, expect, it } from 'vitest'
import { looksFor } from '#anonymizer/picture/pure/look-sizes.ts'

const plateLooks = (width: number, height: number) => looksFor('plate-quad', { width, height }, false)
const longest = (width: number, height: number) =>
  plateLooks(width, height).map(({ look }) => Math.max(look.width, look.height))

describe('the sizes at which a picture is searched for plates', () => {
  it('are four for a frame of 1280 x 720, each larger than the one before', () => {
    const sides = longest(1280, 720)
    expect(sides).toHaveLength(4)
    expect(sides).toEqual([...sides].sort((a, b) => a - b))
    expect(sides.at(-1)).toBe(1280)
  })

  it('hold no look twice, however small the picture is', () => {
    for (const side of [1, 30, 200, 320, 480, 640, 800, 1000]) {
      const sides = longest(side, Math.ceil(side * 0.6))
      expect(new Set(sides).size, `${side}`).toBe(sides.length)
      expect(sides.length).toBeGreaterThan(0)
    }
  })

  it('enlarge a small picture, so that a small plate in it is found', () => {
    expect(longest(400, 250).at(-1)).toBe(600)
  })

  it('leave only narrow finds to the look at the own size, and doubt them', () => {
    const looks = plateLooks(1280, 720)
    expect(looks.map(({ mostWidth }) => mostWidth)).toEqual([Infinity, Infinity, Infinity, 40])
    expect(looks.map(({ doubt }) => doubt)).toEqual([0, 0, 0, 0.1])
  })
})
