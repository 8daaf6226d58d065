// Holds pictures between being looked at and being written, in frames that are used again and again.
import type { Frame } from 'node-av/lib'
import { framePool } from './frame-pool.ts'

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
  const pool = framePool()
  return {
    hold(picture) {
      held.push({ ...picture, frame: pool.refer(picture.frame) })
    },
    async release(use) {
      const oldest = held.shift()
      if (!oldest) return
      try {
        await use(oldest)
      } finally {
        pool.giveBack(oldest.frame)
      }
    },
    get held() {
      return held.length
    },
    [Symbol.dispose]() {
      held.length = 0
      pool[Symbol.dispose]()
    },
  }
}
