// Follows the tracks of one class beyond their first and last sightings, through frames where the detector saw nothing.
import type { Box } from '#schemas/detection-document.ts'
import { followPatch } from '../pure/follow-patch.ts'
import type { GreyPicture } from '../pure/patch-match.ts'
import type { FrameInShot } from '../pure/track-fill.ts'
import type { Sighting, Track } from '../pure/track-follow.ts'
import type { HeldGreys } from './held-greys.ts'

export interface FollowedPlace {
  readonly box: Box
  /** Of the sighting from which it was followed. */
  readonly score: number
}

export interface TrackEnds {
  /**
   * Where the object lies in this frame before its first or after its last sighting; displayed pixels. Undefined where it
   * was not seen there. Frames are asked for in order, each track in each, while the greys hold all that follow.
   */
  placeAt(track: Track, frame: FrameInShot): FollowedPlace | undefined
  /** Forgets frames before `index`. */
  forget(index: number): void
}

/** No track is followed further from a sighting than so many frames. */
export function trackEnds(greys: HeldGreys, farthest: number): TrackEnds {
  const places = new Map<number, Map<number, FollowedPlace>>()
  const followedBack = new Set<number>()

  /** Follows from a sighting on to `last`, one frame after another, and keeps where it was seen. */
  const follow = (track: Track, from: Sighting, next: Sighting | undefined, last: number): void => {
    const way = last < from.frame ? -1 : 1
    const picture = greys.grey(from.frame)
    if (!picture) return
    const start = greys.toGrey(from.box)
    const found = {
      picture,
      box: start,
      speed: speedOf(start, next && greys.toGrey(next.box), from, next, way),
    }
    const own = places.get(track.id) ?? new Map<number, FollowedPlace>()
    places.set(track.id, own)
    let frame = from.frame
    for (const box of followPatch(found, picturesOn(greys, from.frame, last, way))) {
      frame += way
      own.set(frame, { box: greys.toDisplayed(box), score: from.score })
    }
  }
  return {
    placeAt(track, { frame, firstOfShot, lastOfShot }) {
      const [first, second] = track.sightings
      const last = track.sightings.at(-1)
      if (!first || !last || first.frame < firstOfShot || last.frame > lastOfShot) return undefined
      if (frame < first.frame && first.frame - frame <= farthest && !followedBack.has(track.id)) {
        followedBack.add(track.id)
        follow(track, first, second, frame)
      }
      if (frame >= first.frame) followedBack.delete(track.id)
      if (frame === last.frame)
        follow(track, last, track.sightings.at(-2), Math.min(lastOfShot, frame + farthest))
      return places.get(track.id)?.get(frame)
    },
    forget(index) {
      for (const [id, own] of places) {
        for (const frame of own.keys()) if (frame < index) own.delete(frame)
        if (own.size === 0) places.delete(id)
      }
    },
  }
}

function* picturesOn(greys: HeldGreys, from: number, last: number, way: 1 | -1): Generator<GreyPicture> {
  for (let index = from + way; way > 0 ? index <= last : index >= last; index += way) {
    const picture = greys.grey(index)
    if (!picture) return
    yield picture
  }
}

/** Pixels a frame on the way, from the two sightings at that end. */
function speedOf(
  box: Box,
  other: Box | undefined,
  from: Sighting,
  next: Sighting | undefined,
  way: 1 | -1,
): readonly [number, number] {
  if (!other || !next || next.frame === from.frame) return [0, 0]
  const frames = (from.frame - next.frame) * way
  const middle = ([x1, y1, x2, y2]: Box): readonly [number, number] => [(x1 + x2) / 2, (y1 + y2) / 2]
  const [here, there] = [middle(box), middle(other)]
  return [(here[0] - there[0]) / frames, (here[1] - there[1]) / frames]
}
