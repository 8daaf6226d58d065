// Says where a track's object is in any frame of its shot: seen, between two sightings, or shortly before and after.
import type { Box, Detection, Quad } from '#schemas/detection-document.ts'
import type { Sighting, Track } from './track-follow.ts'

export interface FillRules {
  /** Seconds before the first and after the last sighting, for a track that was seen often. */
  readonly padSeconds: number
  /** At least this many frames of padding, however short the track: the frames between two looks. */
  readonly leastPadFrames: number
}

/** A frame as the document counts it, and the frames that its shot spans (both ends included). */
export interface FrameInShot {
  readonly frame: number
  /** Seconds. */
  readonly at: number
  readonly firstOfShot: number
  readonly lastOfShot: number
}

export interface Filled {
  readonly score: number
  readonly box: Box
  readonly quad?: Quad
  /** Degrees, clockwise on the screen. */
  readonly roll?: number
  readonly origin: Detection['origin']
}

/** A track seen fewer times than this is padded for less: a single find is more often a mistake. */
const SIGHTINGS_FOR_FULL_PADDING = 4
/** An interpolated box grows by this part of its side for each frame of the gap, at most by the second. */
const GROWTH_PER_FRAME = 0.01
const MOST_GROWTH = 0.1

/** Where the object is in this frame; undefined where the track says nothing about it. */
export function fillTrack(track: Track, frame: FrameInShot, rules: FillRules): Filled | undefined {
  const after = track.sightings.findIndex((sighting) => sighting.frame >= frame.frame)
  const next = after < 0 ? undefined : track.sightings[after]
  const previous = after < 0 ? track.sightings.at(-1) : track.sightings[after - 1]
  if (next?.frame === frame.frame) return { ...seen(next), origin: 'detected' }
  if (previous && next) return between(previous, next, frame.at)
  const nearest = previous ?? next
  if (!nearest || !isPadded(track, nearest, frame, rules)) return undefined
  return { score: nearest.score, box: carriedOn(track, nearest, frame.at), origin: 'padded' }
}

/** As filled, or where a track was followed beyond its sightings: where it was followed to, with what padding covers. */
export function withBoxBeyond(
  filled: Filled | undefined,
  followed: { readonly box: Box; readonly score: number } | undefined,
): Filled | undefined {
  if (!followed || (filled && filled.origin !== 'padded')) return filled
  return { ...followed, origin: 'padded', box: filled ? aroundBoth(filled.box, followed.box) : followed.box }
}

const aroundBoth = (a: Box, b: Box): Box => [
  Math.min(a[0], b[0]),
  Math.min(a[1], b[1]),
  Math.max(a[2], b[2]),
  Math.max(a[3], b[3]),
]

const seen = ({ score, box, quad, roll }: Sighting): Omit<Filled, 'origin'> => ({
  score,
  box,
  ...(quad ? { quad } : {}),
  ...(roll === undefined ? {} : { roll }),
})

function between(a: Sighting, b: Sighting, at: number): Filled {
  const part = b.at > a.at ? Math.min(1, Math.max(0, (at - a.at) / (b.at - a.at))) : 0.5
  const growth = Math.min(MOST_GROWTH, (b.frame - a.frame - 1) * GROWTH_PER_FRAME)
  const quad = a.quad && b.quad ? mixedQuad(a.quad, b.quad, part) : undefined
  const roll = a.roll === undefined || b.roll === undefined ? undefined : mixedAngle(a.roll, b.roll, part)
  return {
    score: Math.min(a.score, b.score),
    box: enlarged(mixedBox(a.box, b.box, part), growth),
    ...(quad ? { quad } : {}),
    ...(roll === undefined ? {} : { roll }),
    origin: 'interpolated',
  }
}

/** A box larger on each side by a part of its own side. */
function enlarged(box: Box, part: number): Box {
  const x = (box[2] - box[0]) * part
  const y = (box[3] - box[1]) * part
  return [box[0] - x, box[1] - y, box[2] + x, box[3] + y]
}

const mixed = (a: number, b: number, part: number): number => a + (b - a) * part

const mixedBox = (a: Box, b: Box, part: number): Box => [
  mixed(a[0], b[0], part),
  mixed(a[1], b[1], part),
  mixed(a[2], b[2], part),
  mixed(a[3], b[3], part),
]

function mixedQuad(a: Quad, b: Quad, part: number): Quad {
  const corner = (i: 0 | 1 | 2 | 3): [number, number] => [
    mixed(a[i][0], b[i][0], part),
    mixed(a[i][1], b[i][1], part),
  ]
  return [corner(0), corner(1), corner(2), corner(3)]
}

/** The short way round, in degrees. */
function mixedAngle(a: number, b: number, part: number): number {
  const turn = ((((b - a) % 360) + 540) % 360) - 180
  return a + turn * part
}

function isPadded(track: Track, nearest: Sighting, frame: FrameInShot, rules: FillRules): boolean {
  if (nearest.frame < frame.firstOfShot || nearest.frame > frame.lastOfShot) return false
  const trust = Math.min(1, track.sightings.length / SIGHTINGS_FOR_FULL_PADDING)
  return (
    Math.abs(frame.at - nearest.at) <= rules.padSeconds * trust ||
    Math.abs(frame.frame - nearest.frame) <= rules.leastPadFrames
  )
}

/** A speed is taken from at least and at most so many sightings at a track's end. */
const LEAST_SIGHTINGS_FOR_SPEED = 3
const MOST_SIGHTINGS_FOR_SPEED = 6
/** Nothing is carried on further than this part of its own size: a speed is only a guess. */
const FARTHEST = 0.75

/** Covers the object whether it stayed or went on as it was going: the box around both places. */
function carriedOn(track: Track, nearest: Sighting, at: number): Box {
  const isFirst = nearest === track.sightings[0]
  const ends = isFirst
    ? track.sightings.slice(0, MOST_SIGHTINGS_FOR_SPEED)
    : track.sightings.slice(-MOST_SIGHTINGS_FOR_SPEED)
  const [from, to] = [ends[0], ends.at(-1)]
  if (!from || !to || ends.length < LEAST_SIGHTINGS_FOR_SPEED || to.at <= from.at) return nearest.box
  const steps = (at - nearest.at) / (to.at - from.at)
  const moved = (low: 0 | 1): number => {
    const middle = (box: Box): number => (box[low] + box[low === 0 ? 2 : 3]) / 2
    const farthest = FARTHEST * (nearest.box[low === 0 ? 2 : 3] - nearest.box[low])
    return Math.min(farthest, Math.max(-farthest, (middle(to.box) - middle(from.box)) * steps))
  }
  const [x, y] = [moved(0), moved(1)]
  const [x1, y1, x2, y2] = nearest.box
  return [x1 + Math.min(0, x), y1 + Math.min(0, y), x2 + Math.max(0, x), y2 + Math.max(0, y)]
}
