import { describe, expect, it } from 'vitest'
import type { Detector, RawDetection } from '#anonymizer/detect/detector.ts'
import type { PlateReader } from '#anonymizer/detect/plate-reader.ts'
import type { DecodedPicture } from '#anonymizer/picture/decoded-picture.ts'
import { findPlates } from '#anonymizer/picture/find-plates.ts'

const [width, height] = [200, 120]
const picture = {
  data: new Uint8Array(width * height * 3).fill(120),
  width,
  height,
  channels: 3,
  rotation: 0,
} as unknown as DecodedPicture

const plate = (score: number, x: number, y: number, w = 60, h = 16): RawDetection => ({
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

/** Sees the finds in the look at the picture's own size alone. */
const detecting = (finds: readonly RawDetection[]): Detector => ({
  modelId: 'painted',
  modelSha256: '0',
  lookKind: 'plate-quad',
  detect: async (look, threshold) =>
    look.width === width ? finds.filter(({ score }) => score >= threshold) : [],
  async [Symbol.asyncDispose]() {},
})

function reading(text: string, asked: number[] = []): PlateReader {
  return {
    modelId: 'reader',
    modelSha256: '1',
    async read(_, quad) {
      asked.push(Math.round(quad[1][0] - quad[0][0]))
      return { text, confidence: 0.95 }
    },
    async [Symbol.asyncDispose]() {},
  }
}

const find = (finds: readonly RawDetection[], reader: PlateReader | undefined, threshold = 0.5) =>
  findPlates(
    picture,
    { plate: detecting(finds), reader, threshold, thorough: false },
    AbortSignal.timeout(10_000),
  )

describe('finding the plates of a picture', () => {
  it('hides a faint find that bears the text of a plate, whatever the threshold', async () => {
    expect(await find([plate(0.3, 20, 20)], reading('AQS912'))).toMatchObject([{ score: 0.9 }])
    expect(await find([plate(0.6, 20, 20)], reading('AQS912'), 0.8)).toMatchObject([{ score: 0.9 }])
  })

  it('leaves a faint find out that bears a word', async () => {
    expect(await find([plate(0.3, 20, 20)], reading('AUCHAN'))).toEqual([])
  })

  it('never drops a sure find, and does not spend time on reading it', async () => {
    const asked: number[] = []
    expect(await find([plate(0.7, 20, 20)], reading('AUCHAN', asked))).toMatchObject([{ score: 0.7 }])
    expect(asked).toEqual([])
  })

  it('does not read what is too small to be read', async () => {
    const asked: number[] = []
    expect(await find([plate(0.4, 20, 20, 30, 8)], reading('AQS912', asked))).toEqual([])
    expect(asked).toEqual([])
  })

  it('finds without a reader what it is sure of', async () => {
    expect(await find([plate(0.3, 20, 20), plate(0.6, 100, 60)], undefined)).toMatchObject([{ score: 0.6 }])
  })

  it('keeps a plate on which a letter is a surer plate than the whole', async () => {
    const finds = await find([plate(0.8, 30, 24, 12, 8), plate(0.6, 20, 20)], undefined)
    expect(finds.map(({ score }) => score)).toEqual([0.8, 0.6])
  })
})
