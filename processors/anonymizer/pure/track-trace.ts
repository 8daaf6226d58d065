// Says where to look between two looks that do not join: around those who came or went, and nowhere else.
import type { Box } from '#schemas/detection-document.ts'
import { intersectionOverUnion } from './box-overlap.ts'
import type { Find, Following } from './track-follow.ts'

/** Somebody who was seen at one end of a gap and not at the other. */
export interface Trace {
  /** Where it was seen last on the way; displayed pixels. */
  readonly box: Box
  /** Looks in a row on the way without it. */
  readonly misses: number
}

/** Those seen at the look before and not now: to be followed onwards. Those who came: to be followed back. */
export function openTraces(
  before: Following,
  after: Following,
  looks: { readonly previousFrame: number; readonly frame: number },
): { readonly onwards: readonly Trace[]; readonly back: readonly Trace[] } {
  const seenNow = new Set(
    after.tracks.filter((track) => track.sightings.at(-1)?.frame === looks.frame).map(({ id }) => id),
  )
  const trace = (box: Box | undefined): readonly Trace[] => (box ? [{ box, misses: 0 }] : [])
  const onwards = before.tracks.flatMap((track) => {
    const last = track.sightings.at(-1)
    return last?.frame === looks.previousFrame && !seenNow.has(track.id) ? trace(last.box) : []
  })
  const back = after.tracks.flatMap((track) =>
    track.id >= before.nextId ? trace(track.sightings.at(-1)?.box) : [],
  )
  return { onwards, back }
}

/** Who is missed twice in a row is not followed any further: padding covers what was seen. */
const MOST_MISSES = 2
/** Added on each side of a box, in parts of its longer side: as far as tracks are joined, and what a detector wants around. */
const AROUND = 1
const AROUND_FOR_EACH_MISS = 0.5

/** What to look at in the next frame on the way; empty where nobody is followed any more. */
export const tracedRegions = (traces: readonly Trace[]): readonly Box[] =>
  traces
    .filter(({ misses }) => misses < MOST_MISSES)
    .map(({ box, misses }) => {
      const by = (AROUND + misses * AROUND_FOR_EACH_MISS) * Math.max(box[2] - box[0], box[3] - box[1])
      return [box[0] - by, box[1] - by, box[2] + by, box[3] + by]
    })

/** The traces after a look at their regions: each goes on with the find that fits it best. */
export function stepTraces(traces: readonly Trace[], finds: readonly Find[]): readonly Trace[] {
  return traces.map((trace) => {
    const near = finds
      .map(({ box }) => ({ box, gain: intersectionOverUnion(grown(trace.box), grown(box)) }))
      .toSorted((a, b) => b.gain - a.gain)[0]
    return near && near.gain > 0 ? { box: near.box, misses: 0 } : { ...trace, misses: trace.misses + 1 }
  })
}

const grown = (box: Box): Box => {
  const by = (AROUND / 2) * Math.max(box[2] - box[0], box[3] - box[1])
  return [box[0] - by, box[1] - by, box[2] + by, box[3] + by]
}
