// Proves which films go to the GPU and how, and the steps on the way there and back that need no GPU.
import { FF_ENCODER_H264_NVENC, FF_ENCODER_HEVC_NVENC } from 'node-av/constants'
import { avGetPixFmtFromName, Codec, CodecContext, Frame } from 'node-av/lib'
import { describe, expect, test } from 'vitest'
import { decodeGrey, encodeGrey } from '#anonymizer/film/grey-trial.ts'
import { inspectFilm } from '#anonymizer/film/inspect-film.ts'
import { openFilm } from '#anonymizer/film/open-film.ts'
import { containerRules } from '#anonymizer/film/pure/container.ts'
import { decideDecoder, MEDIA_DEVICES, usesGpu } from '#anonymizer/film/pure/gpu-choice.ts'
import {
  isOnGpu,
  type PictureFacts,
  USUAL_QUALITY,
  type VideoEncoding,
  videoEncoding,
} from '#anonymizer/film/pure/video-encoding.ts'
import { newTally, readFilm } from '#anonymizer/film/read-film.ts'
import { scaledPictures } from '#anonymizer/film/scaled-picture.ts'
import { isSamePicture } from '#anonymizer/film/try-gpu-decoder.ts'
import { film } from './square-film.ts'

describe('NVDEC is tried', () => {
  const plain = { codec: 'h264', pixelFormat: 'yuv420p', interlaced: false }
  test.each([
    {},
    { pixelFormat: 'yuvj420p' },
    { codec: 'hevc', pixelFormat: 'yuv420p10le' },
    { codec: 'vp8' },
    { codec: 'vp9', pixelFormat: 'yuv420p10le' },
    { codec: 'av1' },
  ])('for %o', (more) => expect(decideDecoder('cuda', { ...plain, ...more })).toEqual({ on: 'cuda' }))
  test.each([
    ['codec', { codec: 'prores', pixelFormat: 'yuv422p10le' }],
    ['codec', { codec: 'mpeg4' }],
    ['codec', { codec: 'mpeg2video' }],
    ['codec', { codec: 'mjpeg', pixelFormat: 'yuvj420p' }],
    ['colour format', { pixelFormat: 'yuv420p10le' }],
    ['colour format', { codec: 'hevc', pixelFormat: 'yuv422p10le' }],
    ['fields', { interlaced: true }],
  ] as const)('not, and the %s is why, for %o', (why, more) =>
    expect(decideDecoder('cuda', { ...plain, ...more })).toEqual({ on: 'cpu', why }),
  )
  test('never where it was not asked for, and then no reason is due', () =>
    expect(decideDecoder('cpu', plain)).toEqual({ on: 'cpu' }))
})

const picture: PictureFacts = {
  ...{ format: 'yuv420p', width: 1920, height: 1080 },
  ...{ interlaced: false, startSeconds: 0 },
}
const encoded = (extension: string, more: Partial<PictureFacts> = {}, quality = USUAL_QUALITY) => {
  const rules = containerRules(extension)
  if (!rules) throw new Error(`no rules for ${extension}`)
  return videoEncoding(rules, { ...picture, ...more }, quality, 'cuda')
}
const TEN = { format: 'yuv420p10le' }

describe('NVENC', () => {
  test.each([
    ['.mp4', {}, 'h264_nvenc', undefined],
    ['.ts', { format: 'nv12' }, 'h264_nvenc', undefined],
    ['.mov', TEN, 'hevc_nvenc', 'p010le'],
    ['.mkv', { ...TEN, width: 7680, height: 4320 }, 'hevc_nvenc', 'p010le'],
  ] as const)('takes %s with %o', (extension, more, encoder, given) => {
    const encoding = encoded(extension, more)
    expect([encoding.encoder, encoding.given, encoding.notOnGpu]).toEqual([encoder, given, undefined])
    expect(encoding.options.bf).toBe('0')
  })

  test.each([
    ['.webm', {}, 'codec'],
    ['.mp4', { format: 'yuv422p' }, 'colour format'],
    ['.mp4', { width: 1919 }, 'colour format'],
    ['.mp4', { format: 'gray' }, 'colour format'],
    ['.avi', TEN, 'colour format'],
    ['.mp4', { interlaced: true }, 'fields'],
    ['.mp4', { height: 158 }, 'size'],
    ['.mp4', { width: 5120, height: 2880 }, 'size'],
  ] as const)('leaves %s with %o to the CPU and says why', (extension, more, why) => {
    const rules = containerRules(extension)
    const encoding = encoded(extension, more)
    expect(isOnGpu(encoding)).toBe(false)
    expect(encoding).toEqual({ ...(rules && videoEncoding(rules, { ...picture, ...more })), notOnGpu: why })
  })

  test('is asked for quality and speed as x264 is, HEVC by the same two steps more as x265', () => {
    const of = (extension: string, more: Partial<PictureFacts>, preset: string, crf: number) => {
      const { options } = encoded(extension, more, { preset, crf })
      return [options.preset, options.cq]
    }
    expect(of('.mp4', {}, 'veryfast', 23)).toEqual(['p3', '23'])
    expect(of('.mp4', {}, 'veryslow', 18)).toEqual(['p7', '18'])
    expect(of('.mp4', TEN, 'medium', 23)).toEqual(['p5', '25'])
  })

  test('keeps the tag by which players know HEVC in MP4', () =>
    expect([encoded('.mp4', TEN).tag, encoded('.mkv', TEN).tag]).toEqual(['hvc1', undefined]))

  test.each(['.mp4', '.mkv', '.ts'])('options and format for %s are known to this FFmpeg', (extension) => {
    for (const more of [{}, TEN]) expect(unknownTo(encoded(extension, more))).toEqual([])
    const wrong = {
      ...encoded(extension),
      options: { 'no-such-option': '1', preset: 'p9' },
      given: 'yuv410p',
    }
    expect(unknownTo(wrong)).toEqual(['no-such-option', 'preset', 'yuv410p'])
  })
})

/** Options and formats that the encoder does not know. */
function unknownTo({ encoder, options, format, given = format }: VideoEncoding): string[] {
  const codec = Codec.findEncoderByName(
    encoder === 'hevc_nvenc' ? FF_ENCODER_HEVC_NVENC : FF_ENCODER_H264_NVENC,
  )
  if (!codec) return [encoder]
  using context = new CodecContext()
  context.allocContext3(codec)
  const unknown = Object.entries(options).flatMap(([name, value]) =>
    context.setOption(name, value) === 0 ? [] : [name],
  )
  return codec.pixelFormats?.includes(avGetPixFmtFromName(given)) ? unknown : [...unknown, given]
}

function noise(format: string, bits: 8 | 10, pts = 0n): Frame {
  const frame = new Frame()
  frame.alloc()
  Object.assign(frame, { width: 320, height: 180, format: avGetPixFmtFromName(format), pts })
  expect(frame.getBuffer(0)).toBe(0)
  let seed = 1
  for (const plane of frame.data ?? [])
    for (let at = 0; at + 1 < plane.length; at += 2) {
      seed = (seed * 1103515245 + 12345) & 0x7fffffff
      plane.writeUInt16LE(bits === 8 ? (seed >> 8) & 0xffff : (seed >> 8) & 0x3ff, at)
    }
  return frame
}

test.each([
  ['yuv420p', 'nv12', 8],
  ['yuv420p10le', 'p010le', 10],
] as const)('no sample of %s changes on the way to %s and back', (format, onGpu, bits) => {
  const size = { width: 320, height: 180 }
  using original = noise(format, bits)
  using there = scaledPictures({ ...size, format: onGpu, filter: 'bicubic' })
  using back = scaledPictures({ ...size, format, filter: 'bicubic' })
  const gone = there.scale(original)
  expect(gone.toBuffer().equals(original.toBuffer())).toBe(false)
  expect(back.scale(gone).toBuffer().equals(original.toBuffer())).toBe(true)
})

describe('the first picture of the GPU', () => {
  const { input } = film()
  const rules = containerRules('.mp4')
  if (!rules) throw new Error('no rules')
  const facts = inspectFilm(input, rules)
  const compared = (change: (theirs: Frame) => void): boolean => {
    using opened = openFilm(input, rules)
    for (const part of readFilm(opened, newTally(), { threads: 1, audio: false, joinClock: false })) {
      if (part.part !== 'picture') continue
      using scaled = scaledPictures({ ...facts.stored, format: 'nv12', filter: 'bicubic' })
      const theirs = scaled.scale(part.frame)
      theirs.pts = part.frame.pts
      change(theirs)
      return isSamePicture(part.frame, theirs, facts)
    }
    throw new Error('no picture')
  }
  test('is taken as the same where it is, in the other format', () => expect(compared(() => {})).toBe(true))
  test.each<[string, (theirs: Frame) => void]>([
    ['a sample of its brightness', ({ data }) => data?.[0]?.writeUInt8((data[0][1000] ?? 0) ^ 1, 1000)],
    ['a sample of its colour', ({ data }) => data?.[1]?.writeUInt8((data[1][1000] ?? 0) ^ 1, 1000)],
    ['its time', (theirs) => Object.assign(theirs, { pts: theirs.pts + 1n })],
    ['its height', (theirs) => Object.assign(theirs, { height: theirs.height - 2 })],
  ])('is not where %s differs', (_, change) => expect(compared(change)).toBe(false))
})

test('the trial that a GPU has to stand is stood by the CPU, and not by another picture or none', () => {
  using coded = encodeGrey(undefined)
  using brighter = encodeGrey(undefined, 110)
  decodeGrey(coded, undefined)
  expect(() => decodeGrey({ ...coded, packets: [] }, undefined)).toThrow(/decoding a picture/)
  expect(() => decodeGrey(brighter, undefined)).toThrow(/another one/)
})

test('a GPU is asked for by either of the two settings', () => {
  const asked = MEDIA_DEVICES.flatMap((decode) => MEDIA_DEVICES.map((encode) => usesGpu({ decode, encode })))
  expect(asked).toEqual([false, true, true, true])
})
