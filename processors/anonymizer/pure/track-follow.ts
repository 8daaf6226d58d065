// Joins the finds of one look to tracks: who is who, who is new, who was seen faintly, who is gone.
import type { Box, Quad } from '#schemas/detection-document.ts'
import { intersectionOverUnion } from './box-overlap.ts'
import { bestPairs } from './track-assignment.ts'
import { boxOfMotion, correctMotion, type Motion, predictMotion, startMotion } from './track-motion.ts'

/** Something found in one frame; in displayed pixels. */
export interface Find {
  readonly score: number
  readonly box: Box
  readonly quad?: Quad
  /** Degrees, clockwise on the screen. */
  readonly roll?: number
}

export interface Sighting extends Find {
  readonly frame: number
  /** Seconds. */
  readonly at: number
}

/** One object through one shot; sightings in order, at least one. */
export interface Track {
  readonly id: number
  readonly sightings: readonly Sighting[]
  readonly motion: Motion
  /** True as long as another sighting may be joined. */
  readonly open: boolean
  /** Looks that did not see it since its last sighting. */
  readonly missed: number
}

export interface TrackRules {
  /** A find with at least this score starts a track. */
  readonly strong: number
  /** A track unseen for longer than this, in seconds, is over. */
  readonly longestGapSeconds: number
  /** The same in frames, for films with very many frames a second. */
  readonly longestGapFrames: number
  /**
   * Asked of a track seen seldom that some looks missed: false keeps a find from being its next sighting. Dashes of a lane
   * come to one place again and again, and nothing else tells them from one thing.
   */
  readonly isSame?: IsSame | undefined
}

/** Whether what was seen then and what is found in a later frame may be one object. */
export type IsSame = (seen: Sighting, found: Find, frame: number) => boolean

export interface Look {
  readonly frame: number
  /** Seconds. */
  readonly at: number
  /** Also faint finds, down to about half of `strong`. */
  readonly finds: readonly Find[]
}

export interface Following {
  readonly tracks: readonly Track[]
  readonly nextId: number
  /** Faint finds that belonged to nobody, oldest first: a track that starts later may have begun with them. */
  readonly faint: readonly Sighting[]
}

export const nobody: Following = { tracks: [], nextId: 0, faint: [] }

/** Overlap of prediction and find from which they are taken for one; ByteTrack’s for strong and for faint finds. */
const LEAST_OVERLAP = 0.2
const LEAST_FAINT_OVERLAP = 0.4
/**
 * C-BIoU (Yang et al., 2023, "Hard to track objects with irregular motions…"): boxes enlarged on each side, here by
 * this part of the longer one, because a flat plate moves up and down as far as it moves sideways.
 */
const BUFFER = 0.75
const LEAST_BUFFERED_OVERLAP = 0.15
/** A track is doubtful while it has fewer sightings and after so many looks in a row that missed it. */
const SIGHTINGS_BEYOND_DOUBT = 4
const DOUBTFUL_MISSES = 3
/** A box does not change its area by more than this factor between two looks. */
const MOST_GROWTH = 3

/**
 * One step of ByteTrack (Zhang et al., 2022): strong finds are joined first, faint ones then keep known tracks alive,
 * and what moved too far to overlap is joined by enlarged boxes. Strong finds left over start tracks, which reach
 * back over faint finds that came before.
 */
export function followLook(following: Following, look: Look, rules: TrackRules): Following {
  const aged = following.tracks.map((track) =>
    isOver(track, look, rules) ? { ...track, open: false } : track,
  )
  const open = aged.filter((track) => track.open)
  const predicted = new Map(open.map((track) => [track, boxOfMotion(predictMotion(track.motion, look.at))]))
  const seen = new Map<Track, Find>()
  const taken = new Set<Find>()
  const join = (finds: readonly Find[], gain: (a: Box, b: Box) => number, least: number): void => {
    const tracks = open.filter((track) => !seen.has(track))
    const free = finds.filter((find) => !taken.has(find))
    const gainOf = (row: number, column: number): number => {
      const box = tracks[row] && predicted.get(tracks[row])
      const find = free[column]
      const value = box && find ? gain(box, find.box) : 0
      return value >= least && tracks[row] && find && !mayBeNext(tracks[row], find, look.frame, rules)
        ? 0
        : value
    }
    for (const { row, column } of bestPairs(tracks.length, free.length, gainOf, least)) {
      const [track, find] = [tracks[row], free[column]]
      if (!track || !find) continue
      seen.set(track, find)
      taken.add(find)
    }
  }
  const strong = look.finds.filter((find) => find.score >= rules.strong)
  const faint = look.finds.filter((find) => find.score < rules.strong)
  join(strong, intersectionOverUnion, LEAST_OVERLAP)
  join(faint, intersectionOverUnion, LEAST_FAINT_OVERLAP)
  join(strong, bufferedOverlap, LEAST_BUFFERED_OVERLAP)
  const carried = aged.map((track) => extended(track, seen.get(track), look))
  const starts = strong.filter((find) => !taken.has(find))
  const unowned = faint.filter((find) => !taken.has(find)).map((find) => sightingOf(find, look))
  return startTracks({ tracks: carried, nextId: following.nextId, faint: following.faint }, starts, unowned, {
    look,
    rules,
  })
}

const isOver = (track: Track, look: Look, rules: TrackRules): boolean => {
  const last = track.sightings.at(-1)
  return (
    last !== undefined &&
    (look.at - last.at > rules.longestGapSeconds || look.frame - last.frame > rules.longestGapFrames)
  )
}

const isDoubtful = ({ sightings, missed }: Track): boolean =>
  sightings.length < SIGHTINGS_BEYOND_DOUBT && missed >= DOUBTFUL_MISSES

function mayBeNext(track: Track, find: Find, frame: number, { isSame }: TrackRules): boolean {
  const last = track.sightings.at(-1)
  return !isSame || !last || !isDoubtful(track) || isSame(last, find, frame)
}

const sightingOf = (find: Find, look: Look): Sighting => ({ ...find, frame: look.frame, at: look.at })

function extended(track: Track, find: Find | undefined, look: Look): Track {
  if (!find) return track.open ? { ...track, missed: track.missed + 1 } : track
  return {
    ...track,
    missed: 0,
    sightings: [...track.sightings, sightingOf(find, look)],
    motion: correctMotion(track.motion, find.box, look.at),
  }
}

function startTracks(
  following: Following,
  starts: readonly Find[],
  unowned: readonly Sighting[],
  { look, rules }: { readonly look: Look; readonly rules: TrackRules },
): Following {
  let faint = following.faint.filter((sighting) => look.at - sighting.at <= rules.longestGapSeconds)
  const started: Track[] = []
  for (const find of starts) {
    const before = reachBack(find, faint, look)
    faint = faint.filter((sighting) => !before.includes(sighting))
    const sightings = [...before, sightingOf(find, look)]
    const motion = sightings
      .slice(1)
      .reduce(
        (carried, sighting) => correctMotion(carried, sighting.box, sighting.at),
        startMotion(sightings[0]?.box ?? find.box, sightings[0]?.at ?? look.at),
      )
    started.push({ id: following.nextId + started.length, sightings, motion, open: true, missed: 0 })
  }
  return {
    tracks: [...following.tracks, ...started],
    nextId: following.nextId + started.length,
    faint: [...faint, ...unowned],
  }
}

/** Longest hole in a chain of faint finds, in seconds: the calmest cadence of looks, and a frame. */
const LONGEST_FAINT_HOLE_SECONDS = 0.35

/** The chain of faint finds that leads to a new track's first strong one, oldest first. */
function reachBack(find: Find, faint: readonly Sighting[], look: Look): readonly Sighting[] {
  const chain: Sighting[] = []
  let { frame, at, box } = sightingOf(find, look)
  for (const sighting of faint.toReversed()) {
    if (at - sighting.at > LONGEST_FAINT_HOLE_SECONDS) break
    if (sighting.frame >= frame || !couldBe(sighting.box, box)) continue
    chain.unshift(sighting)
    ;({ frame, at, box } = sighting)
  }
  return chain
}

/** A small plate moves by more than its own height from look to look. */
const couldBe = (a: Box, b: Box): boolean =>
  intersectionOverUnion(a, b) >= LEAST_FAINT_OVERLAP || bufferedOverlap(a, b) >= LEAST_BUFFERED_OVERLAP

/** Intersection over union of enlarged boxes; 0 where the sizes do not fit. */
function bufferedOverlap(a: Box, b: Box): number {
  const area = (box: Box): number => (box[2] - box[0]) * (box[3] - box[1])
  const growth = area(a) / area(b)
  if (!(growth <= MOST_GROWTH && growth >= 1 / MOST_GROWTH)) return 0
  const buffered = (box: Box): Box => {
    const by = BUFFER * Math.max(box[2] - box[0], box[3] - box[1])
    return [box[0] - by, box[1] - by, box[2] + by, box[3] + by]
  }
  return intersectionOverUnion(buffered(a), buffered(b))
}

/** No track goes on: the next frame belongs to another shot. */
export const endShot = (following: Following): Following => ({
  ...following,
  tracks: following.tracks.map((track) => ({ ...track, open: false })),
  faint: [],
})

/**
 * True where a look tells all about the frames since the look before, at `previousFrame`: everybody seen then was
 * seen again and nobody came. Where it is false, the frames between have to be looked at too.
 */
export function isJoined(
  before: Following,
  after: Following,
  looks: { readonly previousFrame: number; readonly frame: number },
): boolean {
  if (after.nextId !== before.nextId) return false
  const seenAt = (following: Following, frame: number): readonly number[] =>
    following.tracks.filter((track) => track.sightings.at(-1)?.frame === frame).map((track) => track.id)
  const seenNow = new Set(seenAt(after, looks.frame))
  return seenAt(before, looks.previousFrame).every((id) => seenNow.has(id))
}

/** Sightings kept behind the frames already told, for the speed at a track's end. */
const KEPT_SIGHTINGS = 8

/** Forgets what no frame after `frame` needs: sightings long past, and tracks that ended before `endedBefore` seconds. */
export function forgetBefore(following: Following, frame: number, endedBefore: number): Following {
  const tracks = following.tracks.flatMap((track) => {
    const last = track.sightings.at(-1)
    if (!last || (!track.open && last.at < endedBefore)) return []
    const past = track.sightings.findLastIndex((sighting) => sighting.frame <= frame)
    const drop = past + 1 - KEPT_SIGHTINGS
    return [drop > 0 ? { ...track, sightings: track.sightings.slice(drop) } : track]
  })
  return { ...following, tracks }
}
