// Decides how a face is looked for in the next frame of its track: anew, where it is expected, or not at all for once.
import type { Box } from '#schemas/detection-document.ts'

/** What the last look along a track left. */
export interface LastLook {
  /** Time of the frame in the film. */
  readonly seconds: number
  /** The detection's, in the frame of the look. */
  readonly box: Box
  /** x, y, depth where the fit was sure. */
  readonly points: Float64Array | undefined
  /** Frames of the track since then in which nobody looked. */
  readonly rested: number
}

export type LookPlan =
  | { readonly do: 'find' }
  | { readonly do: 'follow'; readonly expected: Float64Array }
  /** The face is blurred as before. */
  | { readonly do: 'rest' }

/** After so long without a sight nothing is expected. */
export const MOST_GAP_SECONDS = 0.35
/** A face that is blurred because its fit was in doubt is looked at in one of so many frames. */
const LOOK_EVERY = 3

/** `isDrawn`: the track shows a synthetic face. A face that is drawn is looked at in every frame. */
export function planLook(
  last: LastLook | undefined,
  now: { readonly seconds: number; readonly box: Box },
  isDrawn: boolean,
): LookPlan {
  if (!last || !(now.seconds > last.seconds) || now.seconds - last.seconds > MOST_GAP_SECONDS)
    return { do: 'find' }
  if (last.points) return { do: 'follow', expected: movedWith(last.points, last.box, now.box) }
  return !isDrawn && last.rested + 1 < LOOK_EVERY ? { do: 'rest' } : { do: 'find' }
}

/** Points that move and grow as the box around them does. */
function movedWith(points: Float64Array, from: Box, to: Box): Float64Array {
  const sides = (box: Box): number => box[2] - box[0] + (box[3] - box[1])
  const scale = sides(to) / Math.max(1e-6, sides(from))
  const [fromX, fromY] = [(from[0] + from[2]) / 2, (from[1] + from[3]) / 2]
  const [toX, toY] = [(to[0] + to[2]) / 2, (to[1] + to[3]) / 2]
  const out = new Float64Array(points.length)
  for (let i = 0; i + 2 < points.length; i += 3) {
    out[i] = toX + ((points[i] ?? 0) - fromX) * scale
    out[i + 1] = toY + ((points[i + 1] ?? 0) - fromY) * scale
    out[i + 2] = (points[i + 2] ?? 0) * scale
  }
  return out
}
