// Predicts where a tracked box will be: a Kalman filter with constant velocity for each of its four coordinates.
import type { Box } from '#schemas/detection-document.ts'

/** One coordinate: value and velocity (per step of 1/30 s) with their 2 x 2 covariance. */
interface Coordinate {
  readonly value: number
  readonly speed: number
  readonly valueVariance: number
  readonly covariance: number
  readonly speedVariance: number
}

/** Centre x, centre y, width and height of a box, in pixels, at a time in seconds. */
export interface Motion {
  readonly at: number
  readonly coordinates: readonly [Coordinate, Coordinate, Coordinate, Coordinate]
}

/**
 * Noise in parts of the box's size, as in SORT (Bewley et al., 2016, "Simple online and realtime tracking"),
 * DeepSORT (Wojke et al., 2017) and ByteTrack (Zhang et al., 2022, "ByteTrack: multi-object tracking by associating
 * every detection box"), which count in frames of about 1/30 s.
 */
const POSITION_NOISE = 1 / 20
const SPEED_NOISE = 1 / 160
const STEPS_PER_SECOND = 30
/** A box is never taken to be smaller than this, in pixels. */
const LEAST_SIDE = 1

type Four<T> = readonly [T, T, T, T]
const four = <T>(make: (index: 0 | 1 | 2 | 3) => T): Four<T> => [make(0), make(1), make(2), make(3)]

/** A box first seen at `at` seconds. */
export function startMotion(box: Box, at: number): Motion {
  const size = sizeOf(box)
  const measured = measure(box)
  return {
    at,
    coordinates: four((i) => ({
      value: measured[i],
      speed: 0,
      valueVariance: (2 * POSITION_NOISE * size) ** 2,
      covariance: 0,
      speedVariance: (10 * SPEED_NOISE * size) ** 2,
    })),
  }
}

/** The motion carried on to a later time; time that does not go on changes nothing. */
export function predictMotion(motion: Motion, at: number): Motion {
  const steps = Math.max(0, at - motion.at) * STEPS_PER_SECOND
  if (steps === 0) return motion
  const size = sizeOf(boxOfMotion(motion))
  return {
    at,
    coordinates: four((i) => {
      const c = motion.coordinates[i]
      return {
        value: c.value + c.speed * steps,
        speed: c.speed,
        valueVariance:
          c.valueVariance +
          2 * steps * c.covariance +
          steps * steps * c.speedVariance +
          steps * (POSITION_NOISE * size) ** 2,
        covariance: c.covariance + steps * c.speedVariance,
        speedVariance: c.speedVariance + steps * (SPEED_NOISE * size) ** 2,
      }
    }),
  }
}

/** The motion after a sighting at `at` seconds. */
export function correctMotion(motion: Motion, box: Box, at: number): Motion {
  const predicted = predictMotion(motion, at)
  const measured = measure(box)
  const noise = (POSITION_NOISE * sizeOf(box)) ** 2
  return {
    at: predicted.at,
    coordinates: four((i) => {
      const c = predicted.coordinates[i]
      const gain = c.valueVariance / (c.valueVariance + noise)
      const speedGain = c.covariance / (c.valueVariance + noise)
      const surprise = measured[i] - c.value
      return {
        value: c.value + gain * surprise,
        speed: c.speed + speedGain * surprise,
        valueVariance: (1 - gain) * c.valueVariance,
        covariance: (1 - gain) * c.covariance,
        speedVariance: c.speedVariance - speedGain * c.covariance,
      }
    }),
  }
}

/** The box as it is believed to be. */
export function boxOfMotion(motion: Motion): Box {
  const [x, y, w, h] = motion.coordinates
  const halfWidth = Math.max(LEAST_SIDE, w.value) / 2
  const halfHeight = Math.max(LEAST_SIDE, h.value) / 2
  return [x.value - halfWidth, y.value - halfHeight, x.value + halfWidth, y.value + halfHeight]
}

const measure = (box: Box): Four<number> => [
  (box[0] + box[2]) / 2,
  (box[1] + box[3]) / 2,
  box[2] - box[0],
  box[3] - box[1],
]

/** Geometric mean of the sides: a plate's width and a face's height count alike. */
const sizeOf = (box: Box): number =>
  Math.sqrt(Math.max(LEAST_SIDE, box[2] - box[0]) * Math.max(LEAST_SIDE, box[3] - box[1]))
