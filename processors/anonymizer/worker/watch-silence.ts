// Notices when a worker has said nothing new for too long, by the time that it had and not by the time that passed.

export interface SilenceLimits {
  /** Processor time without news: a worker on a busy machine gets little of it, one that runs in circles much. */
  readonly processorMs: number
  /** Time without news, for a worker that waits for something that never comes. */
  readonly wallMs: number
}

export interface SilenceWatch extends Disposable {
  /** A sign of life: the count begins again. */
  heard(): void
  /** From now on so much silence is allowed. */
  allow(limits: SilenceLimits): void
}

const LOOK_EVERY_MS = 250
/** A look that comes later than this says that we were held up, not the worker. */
const MAX_STEP_MS = 2 * LOOK_EVERY_MS

/** Calls `onSilent` once when nothing was heard for too long, until disposed. `used` gives the processor time so far. */
export function watchSilence(limits: SilenceLimits, used: () => number, onSilent: () => void): SilenceWatch {
  let allowed = limits
  let wall = 0
  let processor = 0
  let lastUsed: number | undefined
  let last = performance.now()

  const look = (): void => {
    const now = performance.now()
    const step = Math.min(now - last, MAX_STEP_MS)
    last = now
    const usedNow = used()
    // Less than before: a process of the tree has ended.
    processor += Math.max(0, usedNow - (lastUsed ?? usedNow))
    lastUsed = usedNow
    wall += step
    if (wall < allowed.wallMs && processor < allowed.processorMs) return
    clearInterval(timer)
    onSilent()
  }
  const timer = setInterval(look, Math.min(LOOK_EVERY_MS, limits.wallMs))
  return {
    heard: () => {
      wall = 0
      processor = 0
    },
    allow: (now) => {
      allowed = now
    },
    [Symbol.dispose]: () => clearInterval(timer),
  }
}
