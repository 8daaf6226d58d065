// Brings what was found in a picture that was turned before a look back to where it lies in the look itself.
import type { Box } from '#schemas/detection-document.ts'

/** Degrees clockwise by which a picture is turned before a detector sees it. */
export type Turn = 90 | 180 | 270
export const TURNS: readonly Turn[] = [90, 180, 270]

/** @param look its size before the turn, in pixels */
export function backFromTurn<T extends { readonly box: Box; readonly roll?: number }>(
  find: T,
  turn: Turn,
  look: { readonly width: number; readonly height: number },
): T {
  const box = turnedBack(find.box, turn, look)
  return find.roll === undefined ? { ...find, box } : { ...find, box, roll: halfTurn(find.roll - turn) }
}

function turnedBack(
  [x1, y1, x2, y2]: Box,
  turn: Turn,
  { width, height }: { width: number; height: number },
): Box {
  if (turn === 90) return [y1, height - x2, y2, height - x1]
  if (turn === 180) return [width - x2, height - y2, width - x1, height - y1]
  return [width - y2, x1, width - y1, x2]
}

/** The same angle in -180 (left out) .. 180 degrees. */
function halfTurn(degrees: number): number {
  const within = ((degrees % 360) + 360) % 360
  return within > 180 ? within - 360 : within
}

/** Turned looks count from this score on: nine in ten of such finds are right. */
export const SURE = 0.7
/** From this score on a find in the first, cheapest look in a turn is worth a second one. */
export const HINT = 0.2
/** Fainter finds say nothing about how a picture stands. */
const TELLING = 0.5
/** Degrees: heads lean by less while people stand or sit. */
const LYING_ROLL = 50

/**
 * Whether faces may lie on their side or upside down: no sure one stands, or one that was found lies. Detectors of
 * upright faces find a third of the lying ones, so what they found tells.
 */
export function facesMayLie(finds: readonly { readonly score: number; readonly roll?: number }[]): boolean {
  const lies = (roll = 0): boolean => Math.abs(roll) >= LYING_ROLL
  const stands = finds.some((find) => find.score >= SURE && !lies(find.roll))
  return !stands || finds.some((find) => find.score >= TELLING && lies(find.roll))
}
