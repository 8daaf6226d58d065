// Brings every decoded picture into the one size and format that is hidden in and encoded; most already are.
import { AV_FRAME_FLAG_INTERLACED, AV_FRAME_FLAG_TOP_FIELD_FIRST, AVCOL_RANGE_JPEG } from 'node-av/constants'
import type { Frame } from 'node-av/lib'
import type { FilmFacts } from './inspect-film.ts'
import { pixelFormatName, pixelFormatOf } from './pixel-format.ts'
import { isFullRangeName, plainName } from './pure/pixel-layout.ts'
import { type ScaledPictures, scaledPictures } from './scaled-picture.ts'

export interface WorkingPictures extends Disposable {
  /** The picture itself, or its converted copy, which is valid until the next call. */
  prepare(frame: Frame): Frame
  /** Pictures whose size was another than the film's. */
  readonly resized: number
}

export function workingPictures(facts: FilmFacts, format: string): WorkingPictures {
  const { width, height } = facts.stored
  let scaled: ScaledPictures | undefined
  let resized = 0
  return {
    prepare(frame) {
      const name = pixelFormatName(frame)
      if (isFullRangeName(name)) {
        frame.format = pixelFormatOf(plainName(name))
        frame.colorRange = AVCOL_RANGE_JPEG
      }
      const isSize = frame.width === width && frame.height === height
      if (isSize && plainName(name) === format) return frame
      if (!isSize) resized++
      scaled ??= scaledPictures({ width, height, format, filter: 'bicubic' })
      const converted = scaled.scale(frame)
      for (const flag of [AV_FRAME_FLAG_INTERLACED, AV_FRAME_FLAG_TOP_FIELD_FIRST]) {
        if (frame.hasFlags(flag)) converted.setFlags(flag)
        else converted.clearFlags(flag)
      }
      return converted
    },
    get resized() {
      return resized
    },
    [Symbol.dispose]: () => scaled?.[Symbol.dispose](),
  }
}
