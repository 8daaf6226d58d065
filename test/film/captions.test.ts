// Proves that captions which lie in the old film's pictures (ATSC A/53) do not come out in those that are encoded.
import { AV_FRAME_DATA_A53_CC } from 'node-av/constants'
import { Frame } from 'node-av/lib'
import { expect, test } from 'vitest'
import { openEncoder } from '#anonymizer/film/encode-video.ts'
import { inspectFilm } from '#anonymizer/film/inspect-film.ts'
import { openDecoder } from '#anonymizer/film/open-decoder.ts'
import { openFilm } from '#anonymizer/film/open-film.ts'
import { containerRules } from '#anonymizer/film/pure/container.ts'
import { type VideoEncoding, videoEncoding } from '#anonymizer/film/pure/video-encoding.ts'
import { newTally, readFilm } from '#anonymizer/film/read-film.ts'
import { film } from './square-film.ts'

const CAPTION = Buffer.from([0xfc, 0x94, 0x2c])

/** The captions that a decoder finds in a picture that was encoded with some. */
function captionsAfter(
  pixelFormat: string,
  change: (encoding: VideoEncoding) => VideoEncoding,
): Buffer | null {
  const codec = pixelFormat === 'yuv420p' ? 'libx264' : 'libx265'
  const codecOptions = { preset: 'ultrafast' }
  const { input } = film({ muxer: 'mpegts', pixelFormat, codec, codecOptions, times: [0, 1] }, '.ts')
  const rules = containerRules('.ts')
  if (!rules) throw new Error('no rules')
  const facts = inspectFilm(input, rules)
  const encoding = change(videoEncoding(rules, { ...facts, ...facts.stored, format: pixelFormat }))
  using opened = openFilm(input, rules)
  using encoder = openEncoder(facts, encoding, rules, { threads: 1 })
  using decoder = openDecoder(opened, 1)
  using decoded = new Frame()
  decoded.alloc()
  for (const part of readFilm(opened, newTally(), { threads: 1, audio: false, joinClock: false })) {
    if (part.part !== 'picture') continue
    part.frame.newSideData(AV_FRAME_DATA_A53_CC, CAPTION.length).set(CAPTION)
    for (const packet of encoder.encode(part.frame, 0n, 1n)) decoder.sendPacketSync(packet)
    break
  }
  for (const packet of encoder.encode(null, 0n, 0n)) decoder.sendPacketSync(packet)
  decoder.sendPacketSync(null)
  expect(decoder.receiveFrameSync(decoded)).toBe(0)
  return decoded.getSideData(AV_FRAME_DATA_A53_CC)
}

test.each(['yuv420p', 'yuv420p10le'])('captions in %s pictures stay behind', (pixelFormat) => {
  expect(captionsAfter(pixelFormat, (encoding) => encoding)).toBeNull()
})

test('x264 would keep them', () => {
  const asItIs = ({ options: { a53cc: _, ...options }, ...encoding }: VideoEncoding) => ({
    ...encoding,
    options,
  })
  expect(captionsAfter('yuv420p', asItIs)).toEqual(CAPTION)
})
