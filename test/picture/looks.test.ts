import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Detector, RawDetection, RgbPicture } from '#anonymizer/detect/detector.ts'
import type { DecodedPicture } from '#anonymizer/picture/decoded-picture.ts'
import { hintedTurns } from '#anonymizer/picture/hinted-turns.ts'
import { lookPicture } from '#anonymizer/picture/look-picture.ts'
import { glance, looksFor } from '#anonymizer/picture/pure/look-sizes.ts'
import { isWithinNoise, peakSignalToNoise } from '#anonymizer/picture/pure/signal-to-noise.ts'

const signal = new AbortController().signal
const sides = fc.integer({ min: 1, max: 6000 })
/** What neighbouring tiles share of the large look, in its pixels: TILES of look-sizes.ts. */
const SHARED = 0.15 * 1024

function picture(width: number, height: number, channels: 1 | 3 | 4 = 3): DecodedPicture {
  const data = Uint8Array.from({ length: width * height * channels }, (_, i) => (i * 7) % 256)
  return { form: { kind: 'bmp' }, width, height, channels, data, rotation: 0, profile: undefined, facts: {} }
}

describe('the looks for faces', () => {
  const smallSide = (width: number, height: number): number => {
    const look = looksFor('face', { width, height }, false)[0]?.look
    return Math.max(look?.width ?? 0, look?.height ?? 0)
  }

  it('begin small only where the large look is one and neither enlarged nor in tiles', () => {
    expect(smallSide(1280, 720)).toBeLessThan(300)
    expect(smallSide(400, 300)).toBe(400)
    expect(smallSide(800, 600)).toBe(480)
    expect(smallSide(1920, 1080)).toBeGreaterThan(500)
  })

  it('leave nothing between the small one and the tiles of the large one', () => {
    fc.assert(
      fc.property(sides, sides, (width, height) => {
        const [small, ...large] = looksFor('face', { width, height }, false)
        if (!small || large.length < 2) return
        const scaleSmall = small.look.width / small.look.regionWidth
        const scaleLarge = Math.max(...large.map(({ look }) => look.width / look.regionWidth))
        expect((small.leastWidth / scaleSmall) * scaleLarge).toBeLessThan(SHARED + 2)
      }),
    )
  })

  it('take the pixels as they lie only where nothing is to be cut, scaled or converted', async () => {
    const whole = { left: 0, top: 0, regionWidth: 40, regionHeight: 30, width: 40, height: 30 }
    const colours = picture(40, 30)
    expect((await lookPicture(colours, whole, 'opaque')).data).toBe(colours.data)
    for (const other of [picture(40, 30, 1), picture(40, 30, 4)]) {
      const seen = await lookPicture(other, whole, 'opaque')
      expect(seen.data.length).toBe(40 * 30 * 3)
    }
    expect((await lookPicture(colours, { ...whole, regionWidth: 20 }, 'opaque')).data).not.toEqual(
      colours.data,
    )
    expect((await lookPicture(colours, { ...whole, width: 20, height: 15 }, 'opaque')).data.length).toBe(900)
  })
})

describe('a glance', () => {
  /** Finds something from a score on in pictures that are higher than wide, that is turned by a quarter. */
  const upright = (score: number, asked: RgbPicture[]): Detector => ({
    modelId: 'scripted',
    modelSha256: '0'.repeat(64),
    detect: async (seen, threshold) => {
      asked.push(seen)
      const find: RawDetection = { class: 'face', score, box: [0, 0, 9, 9] }
      return seen.height > seen.width && score >= threshold ? [find] : []
    },
    async [Symbol.asyncDispose]() {},
  })

  it('names the turns in which there is a hint of a face, at a quarter of a million pixels less', async () => {
    const asked: RgbPicture[] = []
    expect(await hintedTurns(picture(800, 450), upright(0.25, asked), signal)).toEqual([90, 270])
    expect(asked).toHaveLength(3)
    for (const seen of asked) expect(seen.width * seen.height).toBeLessThanOrEqual(320 * 240)
    expect(await hintedTurns(picture(800, 450), upright(0.1, []), signal)).toEqual([])
  })

  it('is left out where it would be as large as the look that it saves', async () => {
    const asked: RgbPicture[] = []
    expect(await hintedTurns(picture(300, 200), upright(0, asked), signal)).toEqual([90, 180, 270])
    expect(asked).toEqual([])
    expect(glance({ width: 300, height: 200 })).toBeUndefined()
  })
})

describe('nearness without reading to the end', () => {
  const samples = fc.uint8Array({ minLength: 1, maxLength: 300 })

  it('says what the ratio says', () => {
    fc.assert(
      fc.property(samples, fc.nat(), fc.double({ min: 5, max: 60, noNaN: true }), (a, seed, leastDb) => {
        const b = a.map((value, i) => value ^ ((seed >> (i % 24)) & 7))
        const ratio = peakSignalToNoise(a, b)
        fc.pre(Math.abs(ratio - leastDb) > 1e-6)
        expect(isWithinNoise(a, b, leastDb)).toBe(ratio >= leastDb)
      }),
    )
    const far = new Uint8Array(200_000).fill(255)
    expect(isWithinNoise(new Uint8Array(200_000), far, 20)).toBe(false)
    const late = new Uint8Array(200_000)
    late.fill(255, 150_000)
    expect(isWithinNoise(new Uint8Array(200_000), late, 20)).toBe(false)
  })
})
