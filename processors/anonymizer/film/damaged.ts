// Tells pictures that the decoder itself calls damaged.
import { AV_FRAME_FLAG_CORRUPT } from 'node-av/constants'
import type { Frame } from 'node-av/lib'

export const isDamaged = (frame: Frame): boolean =>
  frame.hasFlags(AV_FRAME_FLAG_CORRUPT) || frame.decodeErrorFlags !== 0
