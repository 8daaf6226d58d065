// Says whether a track of plates is believed: dashes on the road and crash barriers look like a plate once, plates oftener.
import type { FrameInShot } from './track-fill.ts'
import type { Track } from './track-follow.ts'
import { WIDE_PART } from './wide-find.ts'

/** SORT (Bewley et al., 2016) and its followers ask for three; a plate that shows for two frames is worse than two dashes hidden. */
const SIGHTINGS = 2
/** A single find this much above the threshold is believed at once. */
const SURE_ABOVE = 0.15
/** A shot with fewer frames leaves no room for sightings: there everything is believed. */
const LEAST_SHOT_FRAMES = 6

/**
 * True for a track that was seen twice, faintly or not, or once surely. Where a find comes or goes every frame around
 * it is looked at, so a plate that shows for a tenth of a second has its sightings. Of wide finds faint ones do not count. `pictureWidth`: displayed pixels.
 */
export function isConfirmed(
  track: Track,
  { firstOfShot, lastOfShot }: FrameInShot,
  { threshold, pictureWidth }: { readonly threshold: number; readonly pictureWidth: number },
): boolean {
  const wide = track.sightings.filter(({ box }) => box[2] - box[0] > WIDE_PART * pictureWidth).length
  const counted = track.sightings.filter(
    ({ score }) => score >= threshold || 2 * wide < track.sightings.length,
  )
  return (
    counted.length >= SIGHTINGS ||
    track.sightings.some(({ score }) => score >= threshold + SURE_ABOVE) ||
    lastOfShot - firstOfShot + 1 < LEAST_SHOT_FRAMES
  )
}

/** A track seen so often, or once very surely, is followed beyond its sightings. */
const SIGHTINGS_TO_FOLLOW = 4
const VERY_SURE_ABOVE = 0.3

/** False for a track that may be a dark window: followed by its looks it would be hidden for two seconds more. */
export const isWorthFollowing = (track: Track, threshold: number): boolean =>
  track.sightings.length >= SIGHTINGS_TO_FOLLOW ||
  track.sightings.some(({ score }) => score >= threshold + VERY_SURE_ABOVE)
