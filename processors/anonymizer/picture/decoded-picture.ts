// A picture in memory: upright, interleaved, with what is needed to write it again in its own form.
import type { Plane } from '../hide/plane.ts'
import type { JpegWriting } from './pure/jpeg-quality.ts'
import type { PngChunk } from './pure/png-chunks.ts'

/** How the picture was stored, and so is written. */
export type PictureForm =
  | { readonly kind: 'jpeg'; readonly writing: JpegWriting }
  | { readonly kind: 'png'; readonly colourChunks: readonly PngChunk[] }
  | { readonly kind: 'bmp' }

/** `data` holds width x height x channels samples, 8 bits or 16, without padding: grey or RGB, alpha last. */
export interface DecodedPicture {
  readonly form: PictureForm
  /** Displayed size in pixels, after orientation. */
  readonly width: number
  readonly height: number
  readonly channels: 1 | 2 | 3 | 4
  readonly data: Uint8Array | Uint16Array
  /** Degrees by which the stored picture was turned clockwise. */
  readonly rotation: 0 | 90 | 180 | 270
  /** The ICC profile that the samples are meant in. */
  readonly profile: Uint8Array | undefined
  /** What was changed or dropped besides the hidden regions, in plain words for the report. */
  readonly facts: Readonly<Record<string, string | number | boolean>>
}

export const hasAlpha = (picture: Pick<DecodedPicture, 'channels'>): boolean => picture.channels % 2 === 0

/** One plane per channel, in place. */
export function planesOf(picture: DecodedPicture, which: 'colours' | 'alpha'): readonly Plane[] {
  const { data, width, height, channels } = picture
  const colours = hasAlpha(picture) ? channels - 1 : channels
  const wanted = which === 'colours' ? [...Array(colours).keys()] : hasAlpha(picture) ? [colours] : []
  return wanted.map((offset) => ({
    data,
    offset,
    stride: width * channels,
    step: channels,
    width,
    height,
    xShift: 0,
    yShift: 0,
  }))
}
