// Says in plain facts what became of a film: what was kept, encoded anew, dropped, repaired and lost.
import type { RenderReport } from '../worker/protocol.ts'
import type { FilmFacts } from './inspect-film.ts'
import type { LeftOut } from './open-film.ts'
import type { CopiedShare } from './pure/copied-share.ts'
import type { WhyNotCopied } from './pure/copy-rules.ts'
import { countsPictures } from './pure/film-codecs.ts'
import type { VideoEncoding } from './pure/video-encoding.ts'
import type { ReadTally } from './read-film.ts'

type Facts = Record<string, string | number | boolean>

export interface FilmOutcome {
  readonly extension: string
  readonly facts: FilmFacts
  readonly leftOut: LeftOut
  readonly soundTracks: { readonly found: number; readonly kept: number }
  readonly tally: ReadTally
  /** Distinct objects, or where they were not tracked their appearances. */
  readonly faces: number
  readonly plates: number
  readonly framesHidden: number
  readonly repairedTimes: number
  readonly looks: Readonly<Record<string, number>>
  /** Absent where nothing was rendered. */
  readonly rendered?:
    | {
        readonly encoding: VideoEncoding
        readonly resized: number
        readonly movedSound: number
        /** What was taken over as it is, or why nothing may be. */
        readonly copied: CopiedShare | { readonly why: WhyNotCopied }
      }
    | undefined
}

export function filmReport(outcome: FilmOutcome): RenderReport {
  const { tally, rendered } = outcome
  return {
    faces: outcome.faces,
    plates: outcome.plates,
    frames: tally.pictures,
    outputExtension: outcome.extension,
    facts: {
      video_codec: outcome.facts.codec,
      frames: tally.pictures,
      frames_hidden: outcome.framesHidden,
      ...outcome.looks,
      ...(rendered ? renderedFacts(outcome, rendered) : {}),
      ...missingSeconds(outcome),
      ...counted({
        frames_damaged: tally.damagedPictures,
        frames_lost: lostPictures(outcome),
        file_ends_early: tally.brokenOff ? 1 : 0,
        clock_jumps_joined: tally.clockJumps,
        frame_times_repaired: outcome.repairedTimes,
      }),
    },
  }
}

function renderedFacts(outcome: FilmOutcome, rendered: NonNullable<FilmOutcome['rendered']>): Facts {
  const { leftOut, facts } = outcome
  const { encoding } = rendered
  return {
    encoded_as: `${encoding.encoder} ${encoding.format}`,
    ...('why' in rendered.copied
      ? { not_copied: rendered.copied.why }
      : {
          frames_copied: rendered.copied.frames,
          groups_copied: rendered.copied.groups,
          groups_encoded: rendered.copied.groupsEncoded,
        }),
    sound_tracks_kept: outcome.soundTracks.kept,
    ...counted({
      sound_tracks_dropped: outcome.soundTracks.found - outcome.soundTracks.kept,
      frames_resized: rendered.resized,
      sound_times_moved: rendered.movedSound,
      subtitles_dropped: leftOut.subtitles,
      data_tracks_dropped: leftOut.data,
      attachments_dropped: leftOut.attachments,
      cover_pictures_dropped: leftOut.pictures,
      video_tracks_dropped: leftOut.otherVideos,
    }),
    tags_dropped: true,
    ...(facts.interlaced && !encoding.interlaced ? { interlacing_dropped: true } : {}),
  }
}

/** Less than this is rounding: a quarter of a second, of a long film up to two. */
const leastMissing = (seconds: number): number => Math.min(2, Math.max(0.25, 0.005 * seconds))

/** What the container promises and the file does not hold. Known only where sound was read too. */
function missingSeconds({ facts, tally, rendered }: FilmOutcome): Facts {
  if (!rendered || facts.seconds === null || tally.endSeconds === null) return {}
  const missing = facts.seconds - (tally.endSeconds - facts.startSeconds)
  return missing > leastMissing(facts.seconds) ? { seconds_missing: Math.round(missing * 100) / 100 } : {}
}

/** Leaves out what did not happen. */
const counted = (counts: Record<string, number>): Facts =>
  Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0))

/** Packets that gave no picture, for codecs where each should; two fields of one frame may come as two packets. */
function lostPictures({ tally, facts }: FilmOutcome): number {
  if (!countsPictures(facts.codec) || facts.interlaced) return tally.refusedPackets
  return Math.max(0, tally.videoPackets - tally.pictures)
}
