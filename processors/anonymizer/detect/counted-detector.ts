// Counts what detectors do, for the task in hand: runs, time, finds, and how many finds lay close to the threshold.
import type { Detector } from './detector.ts'
import type { Detectors } from './open-detectors.ts'

/** What one model did. A find is weak when its score lies less than .1 above the threshold that was asked for. */
export interface DetectorWork {
  readonly model: string
  readonly runs: number
  /** Wall time. */
  readonly seconds: number
  readonly finds: number
  readonly weakFinds: number
}

export interface CountedDetectors {
  readonly detectors: Detectors
  /** What was done since the last call. */
  take(): readonly DetectorWork[]
}

const CLOSE_TO_THRESHOLD = 0.1

interface Tally {
  runs: number
  seconds: number
  finds: number
  weakFinds: number
}
const noWork = (): Tally => ({ runs: 0, seconds: 0, finds: 0, weakFinds: 0 })

function counted(detector: Detector, tally: () => Tally, nowMs: () => number): Detector {
  return {
    ...detector,
    async detect(picture, threshold) {
      const startedMs = nowMs()
      const found = await detector.detect(picture, threshold)
      const sum = tally()
      sum.runs++
      sum.seconds += (nowMs() - startedMs) / 1000
      sum.finds += found.length
      sum.weakFinds += found.filter(({ score }) => score < threshold + CLOSE_TO_THRESHOLD).length
      return found
    },
    [Symbol.asyncDispose]: () => detector[Symbol.asyncDispose](),
  }
}

/** Disposing of the counted detectors disposes of the given ones. `nowMs`: a clock that never goes back. */
export function countDetectors(detectors: Detectors, nowMs: () => number): CountedDetectors {
  let tallies = new Map<string, Tally>()
  const tallyOf = (model: string) => (): Tally => {
    const tally = tallies.get(model) ?? noWork()
    tallies.set(model, tally)
    return tally
  }
  const wrap = (detector: Detector): Detector => counted(detector, tallyOf(detector.modelId), nowMs)
  return {
    detectors: {
      ...detectors,
      face: wrap(detectors.face),
      plate: wrap(detectors.plate),
      [Symbol.asyncDispose]: () => detectors[Symbol.asyncDispose](),
    },
    take() {
      const done = [...tallies].map(([model, tally]) => ({ model, ...tally }))
      tallies = new Map()
      return done
    },
  }
}
