import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { convexHull, rectangleCorners, smallestRectangle } from '#anonymizer/pure/oriented-rectangle.ts'
import { plateFromText } from '#anonymizer/pure/plate-from-text.ts'
import { textRegions } from '#anonymizer/pure/text-regions.ts'

/** A map with one bright turned bar. */
function bar(angle: number, halfWidth: number, halfHeight: number) {
  const width = 200
  const height = 160
  const data = new Uint8Array(width * height)
  const cos = Math.cos(angle)
  const sin = Math.sin(angle)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const dx = x + 0.5 - 100
      const dy = y + 0.5 - 80
      if (Math.abs(dx * cos + dy * sin) <= halfWidth && Math.abs(dy * cos - dx * sin) <= halfHeight)
        data[y * width + x] = 220
    }
  }
  return { data, stride: width, width, height }
}

describe('regions of text', () => {
  it('are found with their turn and size', () => {
    fc.assert(
      fc.property(fc.double({ min: -0.6, max: 0.6, noNaN: true }), (angle) => {
        const [region, ...others] = textRegions(bar(angle, 60, 12), 77)
        expect(others).toEqual([])
        const rectangle = region?.rectangle
        expect(rectangle?.halfWidth).toBeGreaterThan(58)
        expect(rectangle?.halfWidth).toBeLessThan(63)
        expect(rectangle?.halfHeight).toBeLessThan(15)
        expect(Math.atan2(rectangle?.along[1] ?? 9, rectangle?.along[0] ?? 0)).toBeCloseTo(angle, 1)
      }),
    )
  })

  it('never reach into the padding beside the picture', () => {
    const map = { data: new Uint8Array(64 * 32).fill(255), stride: 64, width: 40, height: 20 }
    const corners = rectangleCorners(textRegions(map, 77)[0]?.rectangle ?? never())
    expect(corners.flat().every((value) => value <= 40)).toBe(true)
  })

  it('become plates only in a plate’s shape', () => {
    const plate = (angle: number, w: number, h: number) => {
      const region = textRegions(bar(angle, w, h), 77)[0]
      return region && plateFromText(region)
    }
    expect(plate(0, 50, 8)).toBeDefined()
    expect(plate(0, 95, 3)).toBeUndefined()
    expect(plate(0, 12, 12)).toBeUndefined()
    expect(plate(1.2, 50, 8)).toBeUndefined()
  })

  it('have a rectangle that holds every point', () => {
    const point = fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: -50, max: 50 }))
    fc.assert(
      fc.property(fc.array(point, { minLength: 3, maxLength: 30 }), (points) => {
        const rectangle = smallestRectangle(convexHull(points))
        if (!rectangle) return
        for (const [x, y] of points) {
          const dx = x - rectangle.cx
          const dy = y - rectangle.cy
          expect(Math.abs(dx * rectangle.along[0] + dy * rectangle.along[1])).toBeLessThanOrEqual(
            rectangle.halfWidth + 1e-6,
          )
          expect(Math.abs(dy * rectangle.along[0] - dx * rectangle.along[1])).toBeLessThanOrEqual(
            rectangle.halfHeight + 1e-6,
          )
        }
      }),
    )
  })
})

const never = (): never => {
  throw new Error('a region was expected')
}
