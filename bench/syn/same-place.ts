// Tells whether two boxes are of the same object, by the middle of one.
import type { Box } from '#schemas/detection-document.ts'

export const holdsPoint = (box: Box, [x, y]: readonly [number, number]): boolean =>
  x > box[0] && x < box[2] && y > box[1] && y < box[3]

/** True where the middle of `b` lies in `a`. */
export const holdsMiddle = (a: Box, b: Box): boolean => holdsPoint(a, [(b[0] + b[2]) / 2, (b[1] + b[3]) / 2])
