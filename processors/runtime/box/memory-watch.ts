// Looks at the memory of a child and everything it started, and says once when it is more than allowed.
import { processTree, residentBytes } from './process-tree.ts'

const LOOK_EVERY_MS = 50
const TREE_EVERY_LOOKS = 8

export interface MemoryWatch extends Disposable {
  /** Largest sum seen, in bytes. */
  peakBytes(): number
}

/** Watches until disposed. `onOver` is called once. Where there is no /proc nothing is seen. */
export function watchMemory(pid: number, limitBytes: number, onOver: () => void): MemoryWatch {
  let peak = 0
  let looks = 0
  let over = false
  let tree: readonly number[] = [pid]

  const look = (): void => {
    if (looks++ % TREE_EVERY_LOOKS === 0 || tree.length === 1) tree = processTree(pid)
    const sum = tree.reduce((total, each) => total + residentBytes(each), 0)
    peak = Math.max(peak, sum)
    if (sum <= limitBytes || over) return
    over = true
    onOver()
  }
  const timer = setInterval(look, LOOK_EVERY_MS)
  timer.unref()
  return { peakBytes: () => peak, [Symbol.dispose]: () => clearInterval(timer) }
}
