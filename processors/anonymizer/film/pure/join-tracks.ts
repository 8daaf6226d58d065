// Says which track of a part goes on from which track of the part before, by where both parts saw them around the seam.
import type { Detection, FrameDetections } from '#schemas/detection-document.ts'
import { intersectionOverUnion } from '../../pure/box-overlap.ts'
import { bestPairs } from '../../pure/track-assignment.ts'

/** Mean overlap, over the frames in which both parts saw them, from which two tracks are one object. */
const LEAST_OVERLAP = 0.25

type Seen = ReadonlyMap<number, Detection>

/**
 * From the track ids of the later part to those of the earlier one, for tracks that are one object. Both lists hold
 * frames around the seam; frames are the same where their times are.
 */
export function joinTracks(
  earlier: readonly FrameDetections[],
  later: readonly FrameDetections[],
): ReadonlyMap<number, number> {
  const times = new Set(earlier.map(({ pts }) => pts))
  const common = new Set(later.map(({ pts }) => pts).filter((pts) => times.has(pts)))
  const [before, after] = [tracksOf(earlier, common), tracksOf(later, common)]
  const gain = (row: number, column: number): number => overlap(after[row], before[column])
  const pairs = bestPairs(after.length, before.length, gain, LEAST_OVERLAP)
  return new Map(
    pairs.flatMap(({ row, column }) => {
      const [from, to] = [after[row], before[column]]
      return from && to ? [[from.id, to.id] as const] : []
    }),
  )
}

interface TrackSeen {
  readonly id: number
  readonly class: Detection['class']
  readonly at: Seen
}

function tracksOf(frames: readonly FrameDetections[], common: ReadonlySet<number>): readonly TrackSeen[] {
  const tracks = new Map<number, { id: number; class: Detection['class']; at: Map<number, Detection> }>()
  for (const { pts, detections } of frames) {
    if (!common.has(pts)) continue
    for (const found of detections) {
      if (found.track === null) continue
      const track = tracks.get(found.track) ?? { id: found.track, class: found.class, at: new Map() }
      track.at.set(pts, found)
      tracks.set(found.track, track)
    }
  }
  return [...tracks.values()]
}

function overlap(a: TrackSeen | undefined, b: TrackSeen | undefined): number {
  if (!a || !b || a.class !== b.class) return 0
  let [sum, both] = [0, 0]
  for (const [pts, found] of a.at) {
    const other = b.at.get(pts)
    if (!other) continue
    both++
    sum += intersectionOverUnion(found.box, other.box)
  }
  return both === 0 ? 0 : sum / both
}
