// Decodes a BMP with a bounded reader of ours: libvips reads none.
import { PermanentFailure } from '#runtime/failure.ts'
import type { DecodedPicture } from './decoded-picture.ts'
import { readBmpHeader } from './pure/bmp-header.ts'
import { bmpChannels, readBmpPixels } from './pure/bmp-pixels.ts'
import { MOST_PIXELS } from './still-decoder.ts'

/** @throws {PermanentFailure} MEDIA_UNREADABLE, MEDIA_TRUNCATED, MEDIA_TOO_LARGE */
export function decodeBmp(bytes: Uint8Array, onSized: (pixels: number) => void): DecodedPicture {
  const read = readBmpHeader(bytes)
  if (read.verdict === 'refused') throw new PermanentFailure(read.code, read.detail)
  const { layout } = read
  const pixels = layout.width * layout.height
  if (pixels > MOST_PIXELS)
    throw new PermanentFailure('MEDIA_TOO_LARGE', `The picture has more than ${MOST_PIXELS} pixels.`)
  onSized(pixels)
  const data = readBmpPixels(bytes, layout)
  if (data === 'bad') throw new PermanentFailure('MEDIA_UNREADABLE', 'The packed pixels leave the picture.')
  if (data === 'cut') throw new PermanentFailure('MEDIA_TRUNCATED', 'The picture ends before its last pixel.')
  return {
    form: { kind: 'bmp' },
    width: layout.width,
    height: layout.height,
    channels: bmpChannels(layout),
    data,
    rotation: 0,
    profile: undefined,
    facts: { metadata_dropped: false, profile_kept: false },
  }
}
