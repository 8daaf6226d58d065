// A frame as it is handed to those who watch a film for objects.
import type { Frame } from 'node-av/lib'

export interface FrameToWatch {
  readonly frame: Frame
  readonly index: number
  /** Seconds. */
  readonly at: number
  /** Greatest change of any part of the picture since the frame before, 0..1. */
  readonly motion: number
}
