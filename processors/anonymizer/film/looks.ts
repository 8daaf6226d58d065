// What hiding needs to know of a film's frames, whoever knows it: the detectors, or a document.
import type { Frame } from 'node-av/lib'
import type { FrameDetections } from '#schemas/detection-document.ts'

export interface NextFrame {
  /** Borrowed. */
  readonly frame: Frame
  /** From 0, in the order shown. */
  readonly index: number
  /** Presentation time in seconds. */
  readonly at: number
}

export interface Looks extends Disposable {
  /** Takes the next frame and tells all frames that are known by now, each once, in order. */
  next(frame: NextFrame): Promise<readonly FrameDetections[]>
  /** Tells the rest; no frame follows. */
  end(): Promise<readonly FrameDetections[]>
  /** At most so many frames are taken and not yet told. */
  readonly longestDelay: number
  /** Plain counts for the report; of shots only those that begin in the given frames, where some are given. */
  counts(own?: { readonly from: number; readonly to: number }): Readonly<Record<string, number>>
}
