// Room for planes of floats: what a face or plate needs while it is drawn lies where the last one's lay.

/** Floats of a block; a plane larger than that gets a block of its own. */
const BLOCK = 1 << 20
/** Blocks that stay for the next face; what a very large one took beyond that is given back. */
const MOST_KEPT = 16

interface Place {
  readonly block: number
  readonly used: number
}

const blocks: Float32Array[] = []
let top: Place | undefined

/** A plane of noughts: within `inRoom` a part of the room, else an array of its own. */
export function zeroed(count: number): Float32Array {
  return top ? unwritten(count).fill(0) : new Float32Array(count)
}

/** The same with any values, for a plane that is written as a whole. */
export function unwritten(count: number): Float32Array {
  if (!top) return new Float32Array(count)
  let { block, used } = top
  while ((blocks[block]?.length ?? count) < used + count) {
    block++
    used = 0
  }
  const room = blocks[block] ?? new Float32Array(Math.max(BLOCK, count))
  blocks[block] = room
  top = { block, used: used + count }
  return room.subarray(used, used + count)
}

/**
 * Planes made within `work` are its own until it ends, and may be anybody's from then on: none may be in what it gives
 * back. Not for work that waits.
 */
export function inRoom<T>(work: () => T): T {
  const before = top
  top = before ?? { block: 0, used: 0 }
  try {
    return work()
  } finally {
    top = before
    if (!before) blocks.length = Math.min(blocks.length, MOST_KEPT)
  }
}
