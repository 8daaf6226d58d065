// Proves that coded films are taken apart and put together without losing a bit, and that seams keep their order.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { containerRules } from '#anonymizer/film/pure/container.ts'
import { type CopyQuestion, decideCopy } from '#anonymizer/film/pure/copy-rules.ts'
import { decodeClock, reordering } from '#anonymizer/film/pure/decode-clock.ts'
import { freeSetId, readSequenceSet } from '#anonymizer/film/pure/h264-parameter-sets.ts'
import {
  isBaggage,
  isRefresh,
  joinUnits,
  readHeaders,
  splitUnits,
  withoutEscapes,
} from '#anonymizer/film/pure/h264-units.ts'
import { USUAL_QUALITY, videoEncoding } from '#anonymizer/film/pure/video-encoding.ts'

/** Bytes in which no start code can be read and that do not end in a zero, as units are. */
const unit = fc
  .array(fc.integer({ min: 1, max: 255 }), { minLength: 2, maxLength: 40 })
  .map((bytes) => Uint8Array.from(bytes))
const units = fc.array(unit, { minLength: 1, maxLength: 6 })

describe('units', () => {
  test('come back from behind start codes and from behind lengths', () => {
    fc.assert(
      fc.property(units, (given) => {
        expect(splitUnits(joinUnits(given), 'start-codes')).toEqual(given)
        const long = Buffer.concat(given.flatMap((one) => [Buffer.from([0, 0, 0, one.length]), one]))
        expect(splitUnits(long, { lengthBytes: 4 })?.map((one) => Uint8Array.from(one))).toEqual(given)
      }),
    )
  })

  test('that are cut short are not taken for whole ones', () => {
    expect(splitUnits(Uint8Array.from([0, 0, 0, 9, 1, 2]), { lengthBytes: 4 })).toBeUndefined()
    expect(splitUnits(Uint8Array.from([1, 2, 3]), 'start-codes')).toBeUndefined()
  })

  test('lose their escapes and nothing else', () => {
    expect([...withoutEscapes(Uint8Array.from([0, 0, 3, 1, 0, 3, 0, 0, 3, 3]))]).toEqual([
      0, 0, 1, 0, 3, 0, 0, 3,
    ])
  })

  test('of a refresh are told from those of a mere key picture', () => {
    expect(isRefresh([Uint8Array.from([0x67]), Uint8Array.from([0x65, 1])])).toBe(true)
    expect(isRefresh([Uint8Array.from([0x67]), Uint8Array.from([0x41, 1])])).toBe(false)
  })

  test('with user data, also behind another message, are baggage; timing and pictures are not', () => {
    const sei = (...bytes: number[]): boolean => isBaggage(Uint8Array.from([6, ...bytes, 0x80]))
    expect(sei(5, 2, 1, 1)).toBe(true)
    expect(sei(1, 1, 9, 4, 1, 7)).toBe(true)
    expect(sei(1, 3, 4, 5, 4)).toBe(false)
    expect(sei(255, 4, 1, 1)).toBe(false)
    expect(isBaggage(Uint8Array.from([0x65, 5, 5]))).toBe(false)
  })
})

/** Codec headers (avcC) that x264 wrote for 320 x 180, once of frames and once of fields. */
const header = Buffer.from(
  '0164000dffe100196764000dacd941419f9e10000003001000000303c0f142996001000468ef8fcbfdf8f800',
  'hex',
)
const headerOfFields = Buffer.from(
  '01640015ffe1001867640015acd941433f2420000003002000000783e28532c001000468fe8fcbfdf8f800',
  'hex',
)

test('parameter sets tell id, colour, depth and whether there are fields', () => {
  const [frames, fields] = [header, headerOfFields].map((bytes) => readHeaders(bytes))
  const common = { id: 0, chroma: 1, bits: 8 }
  expect(frames?.sequenceSets.map(readSequenceSet)).toEqual([{ ...common, framesOnly: true }])
  expect(fields?.sequenceSets.map(readSequenceSet)).toEqual([{ ...common, framesOnly: false }])
  expect(frames?.framing).toEqual({ lengthBytes: 4 })
  expect(frames && freeSetId(frames)).toBe(31)
})

test('a header means the same behind start codes', () => {
  const { sequenceSets = [], pictureSets = [] } = readHeaders(header) ?? {}
  const again = readHeaders(joinUnits([...sequenceSets, ...pictureSets]))
  expect(again).toMatchObject({ framing: 'start-codes', sequenceSets: [expect.anything()] })
  expect(again?.pictureSets.map((set) => Buffer.from(set).toString('hex'))).toEqual(['68ef8fcb'])
})

describe('taking over is refused', () => {
  const rules = containerRules('.mp4')
  if (!rules) throw new Error('no rules')
  const picture = { format: 'yuv420p', width: 320, height: 180, interlaced: false, startSeconds: 0 }
  const good: CopyQuestion = {
    wanted: true,
    rules,
    codec: 'h264',
    pixelFormat: 'yuv420p',
    interlaced: false,
    header,
    encoding: videoEncoding(rules, picture),
    decodedOn: 'cpu',
  }
  test('for nothing but a reason', () => expect(decideCopy(good)).toMatchObject({ copy: true, setId: 31 }))
  test.each([
    ['switched off', { wanted: false }],
    ['container', { rules: containerRules('.avi') ?? rules }],
    ['codec', { codec: 'hevc' }],
    ['colour format', { pixelFormat: 'yuv420p10le' }],
    ['fields', { interlaced: true }],
    ['fields', { header: headerOfFields }],
    ['headers', { header: null }],
    ['GPU decoder', { decodedOn: 'cuda' }],
    ['GPU encoder', { encoding: videoEncoding(rules, picture, USUAL_QUALITY, 'cuda') }],
    ['headers', { header: Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]) }],
  ] as const)('%s', (why, change) => expect(decideCopy({ ...good, ...change })).toEqual({ copy: false, why }))
})

test('decoding times rise and never lie after the time shown, for every order of at most so many places', () => {
  const groups = fc.array(fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 6 }), {
    minLength: 1,
    maxLength: 5,
  })
  fc.assert(
    fc.property(groups, fc.integer({ min: 1, max: 40 }), (orders, step) => {
      const pts = orders.flatMap((order, g) => order.map((place) => BigInt((g * 6 + place) * step)))
      const clock = decodeClock(reordering(pts), BigInt(step))
      for (const time of pts.toSorted((a, b) => Number(a - b))) clock.shown(time)
      const times = pts.map(() => clock.next())
      for (const [i, time] of times.entries()) {
        expect(time).toBeLessThanOrEqual(pts[i] ?? 0n)
        if (i > 0) expect(time).toBeGreaterThan(times[i - 1] ?? 0n)
      }
    }),
  )
})
