// Holds pictures between being looked at and being written, in frames that are used again and again.
import { Frame } from 'node-av/lib'
import { check } from './media-error.ts'

export interface HeldFrame {
  readonly frame: Frame
  readonly index: number
  /** In ticks of the film's time base. */
  readonly pts: bigint
  readonly duration: bigint
}

export interface FrameWindow extends Disposable {
  /** Keeps a reference to the picture; its samples are not copied. */
  hold(picture: HeldFrame): void
  /** Gives the oldest picture to `use` and lets it go afterwards. */
  release(use: (picture: HeldFrame) => Promise<void>): Promise<void>
  readonly held: number
}

export function frameWindow(): FrameWindow {
  const held: HeldFrame[] = []
  const spare: Frame[] = []
  return {
    hold(picture) {
      const frame = spare.pop() ?? newFrame()
      check(frame.ref(picture.frame), 'WORKER_MEMORY', 'keeping a picture')
      held.push({ ...picture, frame })
    },
    async release(use) {
      const oldest = held.shift()
      if (!oldest) return
      try {
        await use(oldest)
      } finally {
        oldest.frame.unref()
        spare.push(oldest.frame)
      }
    },
    get held() {
      return held.length
    },
    [Symbol.dispose]() {
      for (const { frame } of held.splice(0)) frame.free()
      for (const frame of spare.splice(0)) frame.free()
    },
  }
}

/** An empty frame, ready to take a reference. */
export function newFrame(): Frame {
  const frame = new Frame()
  frame.alloc()
  return frame
}
