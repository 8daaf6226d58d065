// Keeps references to pictures in frames that are used again and again; samples are not copied.
import { Frame } from 'node-av/lib'
import { check } from './media-error.ts'

export interface FramePool extends Disposable {
  /** A frame that refers to the picture until it is given back. @throws {PermanentFailure} WORKER_MEMORY */
  refer(picture: Frame): Frame
  giveBack(frame: Frame): void
}

/** Disposing frees all frames, also those that were not given back. */
export function framePool(): FramePool {
  const lent = new Set<Frame>()
  const spare: Frame[] = []
  return {
    refer(picture) {
      const frame = spare.pop() ?? emptyFrame()
      lent.add(frame)
      check(frame.ref(picture), 'WORKER_MEMORY', 'keeping a picture')
      return frame
    },
    giveBack(frame) {
      frame.unref()
      lent.delete(frame)
      spare.push(frame)
    },
    [Symbol.dispose]() {
      for (const frame of lent) frame.free()
      for (const frame of spare.splice(0)) frame.free()
      lent.clear()
    },
  }
}

function emptyFrame(): Frame {
  const frame = new Frame()
  frame.alloc()
  return frame
}
