// Keeps what was measured of a track's face, so that few frames are measured and a face's look does not jump.
import { memoryOf } from './memory-of.ts'
import type { DetailMeasures, KnownDetails } from './pure/lit-details.ts'
import { MOST_GAP_SECONDS } from './pure/track-look.ts'

export interface TrackMeasures {
  /** `seconds`: time of the frame in a film. Undefined where nothing is known: a picture, a new face, one not seen for a while. */
  known(who: string, seconds: number | undefined): KnownDetails | undefined
  remember(who: string, seconds: number | undefined, measures: DetailMeasures): void
}

interface Measured {
  readonly measures: DetailMeasures
  /** Time of the frame that was measured last, and of the one drawn last. */
  readonly measuredAt: number
  readonly drawnAt: number
}

const MEASURE_EVERY_SECONDS = 0.25
/** Of what is measured again so much is taken over at once. */
const RENEWED = 0.4
const MOST_TRACKS = 200

export function trackMeasures(): TrackMeasures {
  const tracks = memoryOf<string, Measured>(MOST_TRACKS)
  const renewed = ({ measuredAt }: Measured, seconds: number): number =>
    seconds - measuredAt >= MEASURE_EVERY_SECONDS ? RENEWED : 0
  const shortlyBefore = (who: string, seconds: number): Measured | undefined => {
    const before = tracks.get(who)
    const gap = before ? seconds - before.drawnAt : Number.POSITIVE_INFINITY
    return gap > 0 && gap <= MOST_GAP_SECONDS ? before : undefined
  }
  return {
    known(who, seconds) {
      const before = seconds === undefined ? undefined : shortlyBefore(who, seconds)
      return before && seconds !== undefined
        ? { measures: before.measures, renewed: renewed(before, seconds) }
        : undefined
    },
    remember(who, seconds, measures) {
      if (seconds === undefined) return
      const before = shortlyBefore(who, seconds)
      const isOld = before && renewed(before, seconds) === 0
      tracks.set(who, { measures, measuredAt: isOld ? before.measuredAt : seconds, drawnAt: seconds })
    },
  }
}
