// A decoded picture as interleaved RGB of 8 bits, for the measuring models.
import type { DecodedPicture } from '#anonymizer/picture/decoded-picture.ts'
import type { Rgb } from '../privacy/face-witness.ts'

/** @throws {Error} for 16 bits */
export function rgbOf({ data, width, height, channels }: DecodedPicture): Rgb {
  if (data instanceof Uint16Array) throw new Error('the measuring models take 8 bits')
  if (channels === 3) return { data, width, height }
  const wide = new Uint8Array(width * height * 3)
  for (let i = 0; i < width * height; i++)
    for (let c = 0; c < 3; c++) wide[i * 3 + c] = data[i * channels + (channels < 3 ? 0 : c)] ?? 0
  return { data: wide, width, height }
}
