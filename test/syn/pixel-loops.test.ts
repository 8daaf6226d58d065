import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Canvas, placeOver, readPatch, writeOverlay } from '#anonymizer/syn/canvas.ts'
import { CROP, cropOf } from '#anonymizer/syn/face-crop.ts'
import { fallingExponential } from '#anonymizer/syn/pure/falling-exponential.ts'
import { measureSharpness, sharpened } from '#anonymizer/syn/pure/match-sharpness.ts'
import { nthSmallest } from '#anonymizer/syn/pure/nth-smallest.ts'
import { seededDraw } from '#anonymizer/syn/pure/seeded-draws.ts'
import { blurred, smoothField, smoothFields } from '#anonymizer/syn/pure/smooth-field.ts'

const draw = seededDraw(new Uint8Array(32).fill(5))
const noise = (count: number): Float32Array => Float32Array.from({ length: count }, () => draw() * 255)

test('the value at a place is that of the sorted values, with no larger one before it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 60 }),
      fc.nat(200),
      (numbers, any) => {
        const place = any % numbers.length
        const values = Float32Array.from([...numbers, -100])
        const found = nthSmallest(values, numbers.length, place)
        expect(found).toBe(numbers.toSorted((a, b) => a - b)[place])
        expect(Math.max(...values.subarray(0, place + 1))).toBe(found)
        expect(values[numbers.length]).toBe(-100)
      },
    ),
  )
  expect(nthSmallest(new Float32Array(), 0, 0)).toBeNaN()
})

test('the table of the exponential is as good as a pixel needs, and ends', () => {
  for (let x = 0; x < 25; x += 0.0137)
    expect(Math.abs(fallingExponential(x) - Math.exp(-x))).toBeLessThan(4e-5)
  expect(fallingExponential(Number.NaN)).toBe(0)
  expect(fallingExponential(Number.POSITIVE_INFINITY)).toBe(0)
})

describe('a smooth field', () => {
  const size = { width: 70, height: 50 }
  const values = noise(3500)
  const weights = Float32Array.from({ length: 3500 }, (_, i) => (i % 70 < 40 ? draw() : 0))
  /** Normalised convolution as it is written in books. */
  const exact = (x: number, y: number, sigma: number): number => {
    let [sum, count] = [0, 0]
    for (let j = 0; j < 50; j++) {
      for (let i = 0; i < 70; i++) {
        const w = (weights[j * 70 + i] ?? 0) * Math.exp(-((x - i) ** 2 + (y - j) ** 2) / (2 * sigma * sigma))
        sum += w * (values[j * 70 + i] ?? 0)
        count += w
      }
    }
    return sum / count
  }
  test.each([2.4, 5, 9])('of %d pixels is nearly that of the whole sum', (sigma) => {
    const field = smoothField(values, weights, size, sigma)
    for (const [x, y] of [
      [20, 25],
      [32, 12],
      [8, 40],
    ] as const)
      expect(Math.abs((field[y * 70 + x] ?? 0) - exact(x, y, sigma))).toBeLessThan(12)
    expect(Math.abs((field[20 * 70 + 20] ?? 0) - (field[20 * 70 + 21] ?? 0))).toBeLessThan(16)
  })
  test('of one value is that value, up to the edges', () => {
    for (const value of blurred(new Float32Array(3500).fill(100), size, 2)) expect(value).toBeCloseTo(100, 3)
  })
  test('of several planes is that of each, and tells where there is weight', () => {
    const other = noise(3500)
    const both = smoothFields([values, other], weights, size, 4)
    expect(both.fields[1]).toEqual(smoothField(other, weights, size, 4))
    const support = both.support()
    expect(support[25 * 70 + 15] ?? 0).toBeGreaterThan(0.35)
    expect(support[25 * 70 + 65] ?? 1).toBeLessThan(0.01)
    for (const value of smoothFields([values], undefined, size, 4).support()) expect(value).toBeCloseTo(1, 4)
  })
})

describe('the sharpness of what is drawn', () => {
  const size = { width: 64, height: 64 }
  const within = new Float32Array(4096).fill(1)
  const soft = smoothField(noise(4096), undefined, size, 3)
  const detail = noise(4096).map((value) => value - 128)
  const needs = measureSharpness({ detail, original: soft, within, size, quantile: 0.5 })
  test('is taken away where the original is softer, with the least blur that does it', () => {
    expect(needs.needs.sigma).toBeGreaterThan(1)
    const own = measureSharpness({ detail, original: detail, within, size, quantile: 0.5 })
    expect(own.needs).toEqual({ sigma: 0, grainSize: 0 })
  })
  test('is neither blurred more nor less than that', () => {
    const original = sharpened(detail, size, { sigma: 1.3, grainSize: 0 }, draw)
    const enough = [0.6, 1, 1.6, 2.4, 3.4].filter((sigma) => {
      const blurredSo = sharpened(detail, size, { sigma, grainSize: 0 }, draw)
      return (
        measureSharpness({ ...{ within, size, quantile: 0.5, original }, detail: blurredSo }).needs.sigma ===
        0
      )
    })
    expect(enough.length).toBeGreaterThan(1)
    expect(enough.length).toBeLessThan(5)
    const found = measureSharpness({ detail, original, within, size, quantile: 0.5 })
    expect(found.needs.sigma).toBe(enough[0])
  })
  test('is the same when it was measured before', () => {
    const again = sharpened(detail, size, { ...needs.needs, grainSize: 0 }, draw)
    expect(again).toEqual(needs.values)
  })
})

/** Planes of a film: brightness, and colours at a quarter of its samples. */
function film(width: number, height: number): Canvas {
  const plane = (shift: 0 | 1, data: Uint8Array) => ({
    ...{ data, offset: 0, stride: width >> shift, step: 1, xShift: shift, yShift: shift },
    ...{ width: width >> shift, height: height >> shift },
  })
  const bytes = (count: number, mean: number): Uint8Array =>
    Uint8Array.from({ length: count }, () => mean + draw() * 20)
  const quarter = (width * height) / 4
  const planes = [
    plane(0, bytes(width * height, 90)),
    plane(1, bytes(quarter, 120)),
    plane(1, bytes(quarter, 130)),
  ]
  return { planes, colours: 'ycbcr', peak: 255, width, height }
}

const copyOf = (canvas: Canvas): Canvas => ({
  ...canvas,
  planes: canvas.planes.map((plane) => ({ ...plane, data: plane.data.slice() })),
})

describe('a patch', () => {
  test('that reaches over every edge is wholly replaced where it covers, and changes nothing elsewhere', () => {
    const canvas = film(40, 24)
    const before = copyOf(canvas)
    const place = placeOver([30, -6, 52, 10], 400)
    expect(place).toMatchObject({ step: 1, width: 22, height: 16 })
    const count = place.width * place.height
    const flat = (value: number): Float32Array => new Float32Array(count).fill(value)
    writeOverlay(canvas, { place, cover: flat(1), luma: flat(200), chroma: [flat(30), flat(-40)] })
    canvas.planes.forEach(({ data, stride, xShift }, p) => {
      data.forEach((value, i) => {
        const [x, y] = [(i % stride) << xShift, Math.floor(i / stride) << xShift]
        expect(value).toBe(x >= 30 && y < 10 ? [200, 158, 88][p] : before.planes[p]?.data[i])
      })
    })
  })
  test('of large places has the means of their samples', () => {
    const canvas = film(64, 64)
    const { luma, place } = readPatch(canvas, placeOver([0, 0, 64, 64], 16))
    expect(place).toMatchObject({ step: 4, width: 16, height: 16, left: 0, top: 0 })
    let sum = 0
    for (let y = 4; y < 8; y++) for (let x = 8; x < 12; x++) sum += canvas.planes[0]?.data[y * 64 + x] ?? 0
    expect(luma[16 + 2]).toBeCloseTo(sum / 16, 4)
  })
  test('whose pixels cover wholly keeps no sample by chance', () => {
    const canvas = film(32, 32)
    const before = copyOf(canvas)
    const { place, luma, chroma } = readPatch(canvas, placeOver([8, 8, 24, 24], 400))
    writeOverlay(canvas, { place, cover: new Float32Array(luma.length).fill(1), luma, chroma })
    for (let y = 8; y < 24; y++)
      for (let x = 8; x < 24; x++)
        expect(canvas.planes[0]?.data[y * 32 + x]).not.toBe(before.planes[0]?.data[y * 32 + x])
  })
})

describe('what the face mesh looks at', () => {
  const rgb = (
    width: number,
    height: number,
    colour: (x: number, y: number) => readonly number[],
  ): Canvas => {
    const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
      const at = Math.floor(i / 3)
      return colour(at % width, Math.floor(at / width))[i % 3] ?? 0
    })
    const plane = (offset: number) => ({
      ...{ data, offset, stride: width * 3, step: 3, xShift: 0, yShift: 0, width, height },
    })
    return { planes: [plane(0), plane(1), plane(2)], colours: 'rgb', peak: 255, width, height }
  }
  const seen = (canvas: Canvas, side: number, roll = 0): Uint8Array => {
    const into = new Uint8Array(CROP * CROP * 3)
    cropOf(canvas, { cx: canvas.width / 2, cy: canvas.height / 2, side, roll }, into)
    return into
  }
  test.each([90, 260, 700])('is the square of %d pixels in its own colours', (side) => {
    const canvas = rgb(720, 720, (x, y) => [(x * 255) / 720, (y * 255) / 720, 77])
    const into = seen(canvas, side)
    const at = (u: number, v: number): readonly number[] => [
      ...into.subarray((v * CROP + u) * 3).subarray(0, 3),
    ]
    const shade = (part: number): number => ((360 + (part - 0.5) * side) * 255) / 720
    const [red = 0, green = 0, blue = 0] = at(48, 144)
    expect(Math.abs(red - shade(0.25))).toBeLessThan(2.5)
    expect(Math.abs(green - shade(0.75))).toBeLessThan(2.5)
    expect(Math.abs(blue - 77)).toBeLessThan(2.5)
  })
  test('is turned back by its roll', () => {
    const canvas = rgb(200, 200, (x, y) => [x < 100 ? 255 : 0, y < 100 ? 255 : 0, 0])
    const into = seen(canvas, 150, Math.PI / 2)
    const at = (u: number, v: number): readonly number[] => [
      ...into.subarray((v * CROP + u) * 3, (v * CROP + u) * 3 + 2),
    ]
    expect([at(40, 40), at(150, 40), at(40, 150), at(150, 150)]).toEqual([
      [0, 255],
      [0, 0],
      [255, 255],
      [255, 0],
    ])
  })
  test('is upright by its roll, and beyond the edge repeats it', () => {
    const canvas = rgb(200, 200, (x) => (x < 100 ? [255, 255, 255] : [0, 0, 0]))
    const into = seen(canvas, 300, Math.PI / 2)
    // The left of the picture lies below in a crop that is turned by a quarter.
    expect(into[(186 * CROP + 96) * 3]).toBe(255)
    expect(into[(6 * CROP + 96) * 3]).toBe(0)
  })
  test('is the same in a film as in a picture', () => {
    const canvas = film(240, 240)
    canvas.planes.forEach(({ data }, p) => {
      data.fill([150, 110, 150][p] ?? 0)
    })
    const [red = 0, green = 0, blue = 0] = seen(canvas, 150)
    expect(Math.abs(red - (150 + 22 / 0.713))).toBeLessThan(1)
    expect(Math.abs(green - (150 + 0.344 * 18 - 0.714 * 22))).toBeLessThan(1)
    expect(Math.abs(blue - (150 - 18 / 0.564))).toBeLessThan(1)
  })
})
