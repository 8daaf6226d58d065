// Says how far a film is while one or two passes go through it.

import type { WorkerProgress } from '../worker/protocol.ts'
import type { FilmFacts } from './inspect-film.ts'
import { type ProgressState, partDone, startProgress, stepProgress } from './pure/progress-meter.ts'

export interface FilmProgress {
  /** The pass that begins now leads from one part of the whole to another, 0..1, and is so long; else the film's length. */
  pass(from: number, to: number, seconds?: number): void
  /** A picture shown at `seconds` was worked on; `bytes` of the file were read, `frames` seen in this pass. */
  at(seconds: number, bytes: number, frames: number): void
}

/** Goes by the film's time, and by bytes read where its length is not known. */
export function filmProgress(
  say: (said: WorkerProgress) => void,
  facts: FilmFacts,
  fileBytes: number,
): FilmProgress {
  let state: ProgressState = startProgress(performance.now())
  let span: { from: number; to: number; seconds: number | null } = { from: 0, to: 1, seconds: facts.seconds }
  let start: number | null = null
  let framesBefore = 0
  let framesNow = 0
  return {
    pass(from, to, seconds) {
      span = { from, to, seconds: seconds ?? facts.seconds }
      start = null
      framesBefore += framesNow
    },
    at(seconds, bytes, frames) {
      start ??= seconds
      framesNow = frames
      const done = span.seconds ? (seconds - start) / span.seconds : bytes / Math.max(1, fileBytes)
      const part = span.from + (span.to - span.from) * partDone(done, frames)
      const step = stepProgress(state, { ms: performance.now(), part, frames: framesBefore + frames })
      state = step.state
      if (step.said) say(step.said)
    },
  }
}
