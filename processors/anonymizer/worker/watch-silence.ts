// Notices when a worker has said nothing new for too long, counting only the time in which we ourselves were awake.

const LOOK_EVERY_MS = 250
/** A look that comes later than this says that we were held up, not the worker. */
const MAX_STEP_MS = 2 * LOOK_EVERY_MS

export interface SilenceWatch extends Disposable {
  /** A sign of life: the count begins again. */
  heard(): void
}

/** Calls `onSilent` once when nothing was heard for `silentMs`, until disposed. */
export function watchSilence(silentMs: number, onSilent: () => void): SilenceWatch {
  let silent = 0
  let last = performance.now()
  const timer = setInterval(
    () => {
      const now = performance.now()
      silent += Math.min(now - last, MAX_STEP_MS)
      last = now
      if (silent < silentMs) return
      clearInterval(timer)
      onSilent()
    },
    Math.min(LOOK_EVERY_MS, silentMs),
  )
  return {
    heard: () => {
      silent = 0
    },
    [Symbol.dispose]: () => clearInterval(timer),
  }
}
