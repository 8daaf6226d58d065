import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { FACE_HIDING } from '#anonymizer/hide/hide-shape.ts'
import { hidingOf } from '#anonymizer/hide/hiding-of.ts'
import { maskedRows, type Plane } from '#anonymizer/hide/plane.ts'
import { maskShapeOf } from '#anonymizer/pure/mask-shape.ts'
import { shapeBounds, spanInBand } from '#anonymizer/pure/shape-span.ts'
import type { Box, Detection, Quad } from '#schemas/detection-document.ts'
import { blurConfigSchema } from '#schemas/model-config.ts'

const plane: Plane = {
  data: new Uint8Array(0),
  offset: 0,
  stride: 0,
  step: 1,
  width: 120,
  height: 100,
  xShift: 0,
  yShift: 0,
}
const anyBox: fc.Arbitrary<Box> = fc
  .tuple(
    fc.double({ min: -10, max: 110, noNaN: true }),
    fc.double({ min: -10, max: 90, noNaN: true }),
    fc.double({ min: 0.5, max: 90, noNaN: true }),
    fc.double({ min: 0.5, max: 90, noNaN: true }),
  )
  .map(([x, y, w, h]): Box => [x, y, x + w, y + h])

function columnsMissing(box: Box, rows: Iterable<{ y: number; x1: number; x2: number }>): number {
  const spans = new Map([...rows].map((row) => [row.y, row]))
  let missing = 0
  for (let y = Math.max(0, Math.floor(box[1])); y < Math.min(100, Math.ceil(box[3])); y++) {
    for (let x = Math.max(0, Math.floor(box[0])); x < Math.min(120, Math.ceil(box[2])); x++) {
      const span = spans.get(y)
      if (!span || x < span.x1 || x >= span.x2) missing++
    }
  }
  return missing
}

describe('the mask of a detection', () => {
  it('covers every pixel that a face’s box touches, at each size, roll and aspect', () => {
    fc.assert(
      fc.property(
        anyBox,
        fc.double({ min: -180, max: 180, noNaN: true }),
        fc.boolean(),
        (box, roll, maskBlur) => {
          const shape = maskShapeOf({ class: 'face', box, roll }, maskBlur)
          expect(columnsMissing(box, maskedRows(plane, shape))).toBe(0)
        },
      ),
      { numRuns: 400 },
    )
  })

  it('covers a plate’s quad with a margin on each side', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 4, max: 60, noNaN: true }),
        fc.double({ min: -60, max: 60, noNaN: true }),
        fc.double({ min: -0.3, max: 0.3, noNaN: true }),
        (width, turn, skew) => {
          const cos = Math.cos((turn * Math.PI) / 180)
          const sin = Math.sin((turn * Math.PI) / 180)
          const at = (u: number, v: number): [number, number] => [
            60 + u * cos - v * sin,
            50 + u * sin + v * cos,
          ]
          const w = width / 2
          const h = width / 8
          const quad: Quad = [at(-w, -h), at(w, -h + skew * h), at(w, h + skew * h), at(-w, h)]
          const shape = maskShapeOf({ class: 'plate', box: [0, 0, 1, 1], quad }, true)
          for (const [x, y] of quad) {
            for (const [dx, dy] of [
              [-1, 0],
              [1, 0],
              [0, -1],
              [0, 1],
            ] as const) {
              const span = spanInBand(shape, y + dy, y + dy)
              expect(span && span.from <= x + dx && span.to >= x + dx).toBe(true)
            }
          }
        },
      ),
    )
  })

  it('covers a plate whose corners come in a wrong order', () => {
    const quad: Quad = [
      [10, 10],
      [50, 20],
      [50, 10],
      [10, 20],
    ]
    const shape = maskShapeOf({ class: 'plate', box: [10, 10, 50, 20], quad }, true)
    expect(columnsMissing([10, 10, 50, 20], maskedRows(plane, shape))).toBe(0)
  })

  it('touches in a band of rows exactly the columns that its rows touch', () => {
    const shape = { kind: 'ellipse', cx: 50, cy: 50, rx: 30, ry: 10, roll: 33 } as const
    let from = Number.POSITIVE_INFINITY
    let to = Number.NEGATIVE_INFINITY
    for (let y = 44; y <= 48; y += 0.001) {
      const span = spanInBand(shape, y, y)
      from = Math.min(from, span?.from ?? from)
      to = Math.max(to, span?.to ?? to)
    }
    const band = spanInBand(shape, 44, 48)
    expect(band?.from).toBeCloseTo(from, 4)
    expect(band?.to).toBeCloseTo(to, 4)
  })
})

describe('the style that was asked for', () => {
  const face: Detection = {
    class: 'face',
    score: 0.9,
    box: [100, 80, 160, 160],
    track: null,
    origin: 'detected',
    roll: 12,
  }
  const plate: Detection = {
    ...face,
    class: 'plate',
    quad: [
      [10, 20],
      [90, 10],
      [92, 32],
      [12, 44],
    ],
  }

  test.each([face, plate])('grows the mask about its own middle and never shrinks it', (detection) => {
    const usual = shapeBounds(hidingOf(detection, true).shape)
    const large = shapeBounds(hidingOf(detection, true, { mask_scale: 1.5 }).shape)
    expect(large.x2 - large.x1).toBeCloseTo(1.5 * (usual.x2 - usual.x1), 6)
    expect(large.y2 - large.y1).toBeCloseTo(1.5 * (usual.y2 - usual.y1), 6)
    expect(large.x1 + large.x2).toBeCloseTo(usual.x1 + usual.x2, 0)
    expect(blurConfigSchema.safeParse({ mask_scale: 0.9 }).success).toBe(false)
    expect(hidingOf(detection, true, {}).shape).toEqual(maskShapeOf(detection, true))
  })

  test.each(['blur', 'mosaic', 'solid'] as const)(
    '%s replaces every sample with cells as coarse as usual',
    (hide_by) => {
      const { options } = hidingOf(face, true, blurConfigSchema.parse({ hide_by }))
      expect(options).toEqual({ ...FACE_HIDING, method: hide_by })
    },
  )

  test('is refused by name where there is none of it', () => {
    expect(blurConfigSchema.safeParse({ hide_by: 'emoji' }).success).toBe(false)
  })
})
