// Says which plates are too small in the film to be read by anybody: lights at night and dashes on the road look like them.
import type { Detection } from '#schemas/detection-document.ts'

/**
 * Displayed pixels. Both bounds must be undercut: five rows leave three to a letter, sixteen columns leave two to each of
 * seven letters; a tall narrow plate, or one that leans and so has a larger box, is hidden.
 */
const LEAST_WIDTH = 16
const LEAST_HEIGHT = 5

/** False for a find that no reader, and no averaging of frames, could read; in displayed pixels of the whole film. */
export function isLegible({ class: name, box: [x1, y1, x2, y2] }: Pick<Detection, 'class' | 'box'>): boolean {
  return name !== 'plate' || x2 - x1 >= LEAST_WIDTH || y2 - y1 >= LEAST_HEIGHT
}
