import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FACE_HIDING, PLATE_HIDING } from '#anonymizer/hide/hide-shape.ts'
import { hideShapes } from '#anonymizer/hide/hide-shapes.ts'
import { maskedRows, type Plane } from '#anonymizer/hide/plane.ts'
import type { MaskShape } from '#anonymizer/pure/mask-shape.ts'

const rgb = (width: number, height: number, data: Uint8Array): Plane[] =>
  [0, 1, 2].map((offset) => ({
    data,
    offset,
    stride: width * 3,
    step: 3,
    width,
    height,
    xShift: 0,
    yShift: 0,
  }))

function yuv420(width: number, height: number, noise: (i: number) => number): Plane[] {
  const plane = (w: number, h: number, shift: number, seed: number): Plane => ({
    data: Uint8Array.from({ length: (w + 5) * h }, (_, i) => noise(i + seed)),
    offset: 0,
    stride: w + 5,
    step: 1,
    width: w,
    height: h,
    xShift: shift,
    yShift: shift,
  })
  const w = Math.ceil(width / 2)
  const h = Math.ceil(height / 2)
  return [plane(width, height, 0, 0), plane(w, h, 1, 7), plane(w, h, 1, 13)]
}

const noise = (i: number): number => ((i * 2654435761) >>> 7) & 255
const copyOf = (planes: readonly Plane[]): Plane[] => planes.map((p) => ({ ...p, data: p.data.slice() }))

/** Samples of the mandatory mask that still have their old value. */
function unchanged(before: readonly Plane[], after: readonly Plane[], shape: MaskShape): number {
  let count = 0
  before.forEach((was, i) => {
    const is = after[i]
    for (const { y, x1, x2 } of maskedRows(was, shape)) {
      for (let x = x1; x < x2; x++) {
        const at = was.offset + y * was.stride + x * was.step
        if (is?.data[at] === was.data[at]) count++
      }
    }
  })
  return count
}

const anyEllipse = fc.record({
  kind: fc.constant('ellipse' as const),
  cx: fc.double({ min: -20, max: 90, noNaN: true }),
  cy: fc.double({ min: -20, max: 70, noNaN: true }),
  rx: fc.double({ min: 0.3, max: 60, noNaN: true }),
  ry: fc.double({ min: 0.3, max: 60, noNaN: true }),
  roll: fc.double({ min: -180, max: 180, noNaN: true }),
})
const point = fc.tuple(
  fc.double({ min: -20, max: 90, noNaN: true }).map((value) => onGrid(value)),
  fc.double({ min: -20, max: 70, noNaN: true }).map((value) => onGrid(value)),
)
/** Coordinates on a grid: numbers near the smallest double vanish when halved, and no detector gives them. */
const onGrid = (value: number): number => Math.round(value * 1024) / 1024
const anyQuad = fc.record({
  kind: fc.constant('quad' as const),
  corners: fc.tuple(point, point, point, point),
})
const anyShape: fc.Arbitrary<MaskShape> = fc.oneof(anyEllipse, anyQuad)

describe('hiding', () => {
  it('leaves no sample of a mask as it was, in no plane, whatever overlaps', () => {
    fc.assert(
      fc.property(
        fc.array(anyShape, { minLength: 1, maxLength: 4 }),
        fc.constantFrom('blur', 'mosaic', 'solid'),
        fc.constantFrom(1, 256),
        (shapes, method, levels) => {
          const planes = yuv420(71, 53, (i) => noise(i) % levels)
          const before = copyOf(planes)
          hideShapes(
            planes,
            shapes.map((shape, i) => ({
              shape,
              options: { ...(i % 2 ? PLATE_HIDING : FACE_HIDING), method },
            })),
          )
          for (const shape of shapes) expect(unchanged(before, planes, shape)).toBe(0)
        },
      ),
      { numRuns: 150 },
    )
  })

  it('changes nothing beyond the fading edge, nor padding behind a row', () => {
    const planes = yuv420(80, 60, noise)
    const before = copyOf(planes)
    const shape: MaskShape = { kind: 'ellipse', cx: 40, cy: 30, rx: 10, ry: 14, roll: 20 }
    hideShapes(planes, [{ shape, options: FACE_HIDING }])
    const far = { ...shape, rx: 10 + 4, ry: 14 + 5 }
    planes.forEach((plane, i) => {
      const allowed = new Set<number>()
      for (const { y, x1, x2 } of maskedRows(plane, far))
        for (let x = x1; x < x2; x++) allowed.add(y * plane.stride + x)
      plane.data.forEach((value, at) => {
        if (!allowed.has(at)) expect(value).toBe(before[i]?.data[at])
      })
    })
  })

  it('covers every chroma sample of a masked pixel', () => {
    fc.assert(
      fc.property(anyShape, (shape) => {
        const [luma, chroma] = yuv420(71, 53, noise)
        if (!luma || !chroma) throw new Error('three planes')
        const covered = new Set<string>()
        for (const { y, x1, x2 } of maskedRows(chroma, shape))
          for (let x = x1; x < x2; x++) covered.add(`${x},${y}`)
        for (const { y, x1, x2 } of maskedRows(luma, shape))
          for (let x = x1; x < x2; x++) expect(covered.has(`${x >> 1},${y >> 1}`)).toBe(true)
      }),
    )
  })

  it('leaves nothing of a stripe pattern inside, however small the object', () => {
    for (const size of [8, 12, 20, 60]) {
      const data = Uint8Array.from({ length: 100 * 100 * 3 }, (_, i) => (Math.floor(i / 3) % 2 ? 255 : 0))
      const planes = rgb(100, 100, data)
      const shape: MaskShape = { kind: 'ellipse', cx: 50, cy: 50, rx: size / 2, ry: size / 2, roll: 0 }
      hideShapes(planes, [{ shape, options: FACE_HIDING }])
      for (let x = Math.ceil(51 - size / 2); x < 48 + size / 2; x++) {
        const at = (50 * 100 + x) * 3
        expect(Math.abs((data[at] ?? 0) - (data[at + 3] ?? 0))).toBeLessThan(50)
      }
    }
  })

  it('hides 16-bit samples as well', () => {
    const data = Uint16Array.from({ length: 64 * 64 }, (_, i) => (noise(i) << 8) | noise(i + 9))
    const plane: Plane = { data, offset: 0, stride: 64, step: 1, width: 64, height: 64, xShift: 0, yShift: 0 }
    const before = copyOf([plane])
    const shape: MaskShape = { kind: 'ellipse', cx: 32, cy: 32, rx: 20, ry: 26, roll: 0 }
    hideShapes([plane], [{ shape, options: FACE_HIDING }])
    expect(unchanged(before, [plane], shape)).toBe(0)
  })

  it('refuses a shape that is not finite before anything is changed', () => {
    const planes = yuv420(40, 40, noise)
    const before = copyOf(planes)
    const good: MaskShape = { kind: 'ellipse', cx: 20, cy: 20, rx: 5, ry: 5, roll: 0 }
    const bad: MaskShape = { ...good, rx: Number.NaN }
    expect(() =>
      hideShapes(planes, [
        { shape: good, options: FACE_HIDING },
        { shape: bad, options: FACE_HIDING },
      ]),
    ).toThrow(RangeError)
    expect(planes.map((p) => p.data)).toEqual(before.map((p) => p.data))
  })
})
