// Says where a face begins and ends: detectors of one school draw it from the hairline to the chin, people a little lower.
import type { Box } from '#schemas/detection-document.ts'

/**
 * Our detectors learned the boxes of WIDER FACE (hairline to chin). The people who drew the two other sets at hand begin
 * lower, by .15 of the height (faces/crowd, where they also end .09 lower, under the chin) and by .12 (faces/dlib). Half
 * of the way lies within each of the three: nobody's box is missed for its style alone, and the mask, which reaches
 * .25 of the height beyond a box, still covers forehead and chin (mask-shape.ts).
 */
const HAIR_SIDE = 0.075
const CHIN_SIDE = 0.045

const DEGREE = Math.PI / 180

/** The box moved in on the hair's side and out on the chin's, `roll` degrees clockwise from upright. */
export function faceExtent([x1, y1, x2, y2]: Box, roll: number): Box {
  const upX = Math.sin(roll * DEGREE)
  const upY = -Math.cos(roll * DEGREE)
  const width = x2 - x1
  const height = y2 - y1
  return [
    x1 - outward(-upX) * width,
    y1 - outward(-upY) * height,
    x2 + outward(upX) * width,
    y2 + outward(upY) * height,
  ]
}

/** How far an edge goes out, in parts of the box; `up` is 1 where the hair lies behind it and -1 where the chin does. */
const outward = (up: number): number => (up > 0 ? -HAIR_SIDE * up : -CHIN_SIDE * up)
