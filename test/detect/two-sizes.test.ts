import { describe, expect, it } from 'vitest'
import type { Detector, RawDetection, RgbPicture } from '#anonymizer/detect/detector.ts'
import { atTwoSizes } from '#anonymizer/detect/two-sizes-detector.ts'

const grey = (width: number, height: number, value = 90): RgbPicture => ({
  data: new Uint8Array(width * height * 3).fill(value),
  width,
  height,
})

/** Finds what it is told to in pictures of a width. */
function finding(
  byWidth: Readonly<Record<number, readonly RawDetection[]>>,
  seen: RgbPicture[] = [],
): Detector {
  return {
    modelId: 'painted',
    modelSha256: '0',
    lookKind: 'plate-quad',
    async detect(picture) {
      seen.push(picture)
      return byWidth[picture.width] ?? []
    },
    async [Symbol.asyncDispose]() {},
  }
}

const plate = (score: number, x: number, y: number, w: number, h: number): RawDetection => ({
  class: 'plate',
  score,
  box: [x, y, x + w, y + h],
  quad: [
    [x, y],
    [x + w, y],
    [x + w, y + h],
    [x, y + h],
  ],
})

describe('a detector at two sizes', () => {
  it('finds what only the half size shows, and tells it in the pixels of the whole', async () => {
    const detector = atTwoSizes(finding({ 400: [plate(0.8, 10, 20, 30, 10)] }))
    expect(await detector.detect(grey(800, 150), 0.5)).toEqual([plate(0.8, 20, 40, 60, 20)])
  })

  it('tells an object that both sizes show once, as the surer look has it', async () => {
    const found = { 800: [plate(0.6, 21, 41, 60, 20)], 400: [plate(0.8, 10, 20, 30, 10)] }
    expect(await atTwoSizes(finding(found)).detect(grey(800, 150), 0.5)).toEqual([plate(0.8, 20, 40, 60, 20)])
  })

  it('asks more of finds that take up a twelfth of the picture, which are mostly walls, and less of a fifth', async () => {
    const found = {
      400: [
        ...[plate(0.55, 0, 0, 90, 30), plate(0.65, 100, 0, 90, 30)],
        ...[plate(0.65, 200, 0, 70, 30), plate(0.75, 280, 0, 70, 30), plate(0.52, 360, 0, 30, 10)],
      ],
    }
    const finds = await atTwoSizes(finding(found)).detect(grey(800, 150), 0.5)
    expect(finds.map(({ score, box }) => [score.toFixed(2), box[0]])).toEqual([
      ['0.55', 200],
      ['0.55', 560],
      ['0.52', 720],
    ])
  })

  it('halves by the mean of four, without the odd last row and column', async () => {
    const seen: RgbPicture[] = []
    const picture = grey(201, 101)
    for (let y = 0; y < 101; y++)
      for (let x = 0; x < 201; x++) picture.data[(y * 201 + x) * 3 + 1] = x % 2 ? 20 : 40
    await atTwoSizes(finding({}, seen)).detect(picture, 0.5)
    const half = seen[1]
    expect([half?.width, half?.height]).toEqual([100, 50])
    expect(half?.data.length).toBe(100 * 50 * 3)
    expect([...(half?.data ?? [])].every((value, i) => value === (i % 3 === 1 ? 30 : 90))).toBe(true)
  })

  it('asks more of the smallest finds, which are mostly lamps', async () => {
    const found = { 400: [plate(0.7, 20, 20, 20, 8), plate(0.55, 80, 20, 20, 8), plate(0.55, 20, 80, 30, 8)] }
    const finds = await atTwoSizes(finding(found)).detect(grey(400, 120), 0.5)
    expect(finds.map(({ score, box }) => [score.toFixed(2), box[0], box[1]])).toEqual([
      ['0.60', 20, 20],
      ['0.55', 20, 80],
    ])
  })

  it('looks once at what is too small to be halved', async () => {
    const seen: RgbPicture[] = []
    await atTwoSizes(finding({}, seen)).detect(grey(300, 40), 0.5)
    expect(seen).toHaveLength(1)
  })
})
