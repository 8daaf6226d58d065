// Keeps of a map only what reaches in from a seed without a gap: hair that hangs into a face, not a mark upon it.
import { zeroed } from './plane-room.ts'

/** Sweeps over the picture, there and back: enough for strands that turn back twice. */
const SWEEPS = 3

/**
 * Morphological reconstruction (Vincent, 1993): no value rises above its own in `map`, and each is as high as the best
 * way to a seed lets through. Values 0..1, `side` x `side`; `isSeed` by index.
 */
export function reachingIn(
  map: Float32Array,
  side: number,
  isSeed: (index: number) => boolean,
): Float32Array {
  const out = zeroed(map.length)
  for (let i = 0; i < out.length; i++) if (isSeed(i)) out[i] = map[i] ?? 0
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const there = sweptFrom(out, map, { from: side + 1, to: out.length, step: 1, side })
    const back = sweptFrom(out, map, { from: out.length - side - 2, to: -1, step: -1, side })
    if (!there && !back) break
  }
  return out
}

interface Sweep {
  readonly from: number
  readonly to: number
  readonly step: 1 | -1
  readonly side: number
}

/** Lets each value rise by those before it in the order of the sweep. Tells whether one did. */
function sweptFrom(out: Float32Array, map: Float32Array, { from, to, step, side }: Sweep): boolean {
  const row = step * side
  let isChanged = false
  for (let i = from; step > 0 ? i < to : i > to; i += step) {
    const most = map[i] ?? 0
    const own = out[i] ?? 0
    if (own >= most) continue
    const through = Math.min(most, Math.max(out[i - step] ?? 0, out[i - row] ?? 0))
    if (through <= own) continue
    out[i] = through
    isChanged = true
  }
  return isChanged
}
