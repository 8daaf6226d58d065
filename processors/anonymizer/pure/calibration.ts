// Translates a model's raw score into the score that a user's threshold is compared with.

/** Points [raw, user's], both increasing from 0 to 1; straight lines between them. */
export type Calibration = readonly (readonly [number, number])[]

/** The user's score of a raw one; order is kept. */
export function calibrated(raw: number, points: Calibration): number {
  return between(raw, points, 0, 1)
}

/** The raw score that a user's threshold stands for. */
export function rawThreshold(threshold: number, points: Calibration): number {
  return between(threshold, points, 1, 0)
}

function between(value: number, points: Calibration, from: 0 | 1, to: 0 | 1): number {
  let [lowFrom, lowTo] = [0, 0]
  for (const point of points) {
    if (value <= point[from]) {
      const width = point[from] - lowFrom
      return width <= 0 ? point[to] : lowTo + ((value - lowFrom) / width) * (point[to] - lowTo)
    }
    lowFrom = point[from]
    lowTo = point[to]
  }
  return lowTo
}
