// Turns how far a film is into progress that never goes back, a speed, and an honest guess of the time left.

export interface ProgressState {
  readonly startedMs: number
  readonly saidMs: number
  readonly progress: number
  readonly frames: number
  /** Frames a second, smoothed; null until there is something to go by. */
  readonly speed: number | null
}

export interface Said {
  /** 0..1 */
  readonly progress: number
  readonly framesPerSecond: number | null
  readonly etaSeconds: number | null
}

/** Nothing is said more often. */
const LEAST_PAUSE_MS = 1000
/** How much of the speed said last stays in the next. */
const SMOOTHING = 0.6
/** Only a finished film is at 1. */
const MOST_BEFORE_END = 0.999

export const startProgress = (nowMs: number): ProgressState => ({
  startedMs: nowMs,
  saidMs: nowMs,
  progress: 0,
  frames: 0,
  speed: null,
})

/** `part` is how much of all work is done, 0..1, as far as is known; `frames` are those worked on so far. */
export function stepProgress(
  state: ProgressState,
  now: { readonly ms: number; readonly part: number; readonly frames: number },
): { readonly state: ProgressState; readonly said: Said | null } {
  const sinceMs = now.ms - state.saidMs
  if (sinceMs < LEAST_PAUSE_MS) return { state, said: null }
  const progress = Math.max(
    state.progress,
    Math.min(MOST_BEFORE_END, Number.isFinite(now.part) ? now.part : 0),
  )
  const current = ((now.frames - state.frames) * 1000) / sinceMs
  const speed = state.speed === null ? current : SMOOTHING * state.speed + (1 - SMOOTHING) * current
  const elapsedSeconds = (now.ms - state.startedMs) / 1000
  const etaSeconds = progress > 0 ? (elapsedSeconds * (1 - progress)) / progress : null
  return {
    state: { ...state, saidMs: now.ms, progress, frames: now.frames, speed },
    said: { progress, framesPerSecond: speed, etaSeconds },
  }
}

/** Where a pass stands when it has done what the container promised; the rest is for what came without a promise. */
const PROMISED_PART = 0.97
/** Frames after which half of that rest is gone. */
const HALF_REST_FRAMES = 5000

/**
 * How much of a pass is done, where `done` is the part of the length that the container claims. A film longer than
 * that still grows, so that its worker is never taken for dead.
 */
export function partDone(done: number, frames: number): number {
  const promised = PROMISED_PART * Math.min(1, Math.max(0, Number.isFinite(done) ? done : 0))
  return promised + ((1 - PROMISED_PART) * frames) / (frames + HALF_REST_FRAMES)
}
