// Counts what detectors do, for the task in hand: runs, time, finds, and how many finds lay close to the threshold.
import type { Detector } from './detector.ts'
import type { Detectors } from './open-detectors.ts'
import type { PlateReader } from './plate-reader.ts'
import type { SecondFaceDetector } from './second-face-detector.ts'

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

/** Runs a look and adds it up. A look that fails is told by its task, not counted. */
type Count = <T>(model: string, look: () => Promise<T>, scores: (found: T) => Scores) => Promise<T>
interface Scores {
  readonly all: number
  readonly weak: number
}

const scoresAbove =
  (threshold: number) =>
  (found: readonly { readonly score: number }[]): Scores => ({
    all: found.length,
    weak: found.filter(({ score }) => score < threshold + CLOSE_TO_THRESHOLD).length,
  })

function counted(detector: Detector, count: Count): Detector {
  return {
    ...detector,
    detect: (picture, threshold) =>
      count(detector.modelId, () => detector.detect(picture, threshold), scoresAbove(threshold)),
    [Symbol.asyncDispose]: () => detector[Symbol.asyncDispose](),
  }
}

const countedWithPoints = (detector: SecondFaceDetector, count: Count): SecondFaceDetector => ({
  ...counted(detector, count),
  detectWithPoints: (picture, threshold) =>
    count(detector.modelId, () => detector.detectWithPoints(picture, threshold), scoresAbove(threshold)),
})

/** A reader finds nothing: what it is asked about was found by another. */
const countedReader = (reader: PlateReader, count: Count): PlateReader => ({
  ...reader,
  read: (picture, quad) =>
    count(
      reader.modelId,
      () => reader.read(picture, quad),
      () => ({ all: 0, weak: 0 }),
    ),
  [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
})

/** Disposing of the counted detectors disposes of the given ones. `nowMs`: a clock that never goes back. */
export function countDetectors(detectors: Detectors, nowMs: () => number): CountedDetectors {
  let tallies = new Map<string, Tally>()
  const count: Count = async (model, look, scores) => {
    const startedMs = nowMs()
    const found = await look()
    const seconds = (nowMs() - startedMs) / 1000
    const { all, weak } = scores(found)
    const sum = tallies.get(model) ?? noWork()
    tallies.set(model, sum)
    sum.runs++
    sum.seconds += seconds
    sum.finds += all
    sum.weakFinds += weak
    return found
  }
  return {
    detectors: {
      face: counted(detectors.face, count),
      secondFace: countedWithPoints(detectors.secondFace, count),
      plate: counted(detectors.plate, count),
      plateReader: countedReader(detectors.plateReader, count),
      [Symbol.asyncDispose]: () => detectors[Symbol.asyncDispose](),
    },
    take() {
      const done = [...tallies].map(([model, tally]) => ({ model, ...tally }))
      tallies = new Map()
      return done
    },
  }
}
