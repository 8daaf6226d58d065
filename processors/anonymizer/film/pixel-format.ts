// Tells pixel formats by FFmpeg's names, so that everything that decides about them stays pure.
import type { AVPixelFormat } from 'node-av/constants'
import { avGetPixFmtFromName, avGetPixFmtName, type Frame } from 'node-av/lib'

/** The name of a picture's format; `unknown` for one without a name, and for sound. */
export const pixelFormatName = (frame: Frame): string =>
  (frame.isVideo() ? avGetPixFmtName(frame.format as AVPixelFormat) : null) ?? 'unknown'

export const pixelFormatOf = (name: string): AVPixelFormat => avGetPixFmtFromName(name)
