// Keeps of a map only what reaches in from a seed without a gap: hair that hangs into a face, not a mark upon it.

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
  const out = map.map((value, i) => (isSeed(i) ? value : 0))
  const pass = (i: number, neighbour: number): void => {
    const through = Math.min(map[i] ?? 0, out[neighbour] ?? 0)
    if (through > (out[i] ?? 0)) out[i] = through
  }
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (let i = side + 1; i < out.length; i++) {
      pass(i, i - 1)
      pass(i, i - side)
    }
    for (let i = out.length - side - 2; i >= 0; i--) {
      pass(i, i + 1)
      pass(i, i + side)
    }
  }
  return out
}
