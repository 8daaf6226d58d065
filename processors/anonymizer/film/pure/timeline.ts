// Joins the clock of a transport stream where it jumps, so that all tracks go on together from where they were.

/** Jumps ahead of up to this many seconds are real pauses and stay. */
export const LONGEST_PAUSE_SECONDS = 10
/** A clock that goes back by more than this has been set anew. */
const LONGEST_STEP_BACK_SECONDS = 1

interface TrackClock {
  /** Seconds added to what the stream says. */
  readonly offset: number
  /** Where the next packet is expected, in joined seconds. */
  readonly next: number
}

export interface Timeline {
  readonly tracks: ReadonlyMap<number, TrackClock>
  /** The offset found last: the other tracks take the same one, so that sync is kept. */
  readonly latestOffset: number
  readonly jumps: number
}

export const newTimeline: Timeline = { tracks: new Map(), latestOffset: 0, jumps: 0 }

export interface TimedPacket {
  readonly track: number
  /** Decoding time as the stream says, in seconds. */
  readonly at: number
  readonly seconds: number
}

/**
 * Says by how many seconds a packet must be moved. Follows the rule of ffmpeg's `dts_delta_threshold` (10 s ahead,
 * 1 s back), but a second track adopts the first one's offset instead of guessing its own.
 */
export function placePacket(timeline: Timeline, packet: TimedPacket): { timeline: Timeline; offset: number } {
  const clock = timeline.tracks.get(packet.track)
  const known = clock?.offset ?? timeline.latestOffset
  const expected = clock?.next ?? packet.at + known
  const fits = (offset: number): boolean => {
    const ahead = packet.at + offset - expected
    return ahead <= LONGEST_PAUSE_SECONDS && ahead >= -LONGEST_STEP_BACK_SECONDS
  }
  const offset = [known, timeline.latestOffset].find(fits) ?? expected - packet.at
  const isNew = offset !== known && offset !== timeline.latestOffset
  const tracks = new Map(timeline.tracks)
  tracks.set(packet.track, { offset, next: packet.at + offset + packet.seconds })
  return {
    timeline: {
      tracks,
      latestOffset: isNew ? offset : timeline.latestOffset,
      jumps: timeline.jumps + (isNew ? 1 : 0),
    },
    offset,
  }
}
