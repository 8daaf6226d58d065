// Opens a film boxed: one forced demuxer, files only, one video stream that we can decode; everything else is counted.
import {
  AV_DISPOSITION_ATTACHED_PIC,
  AV_DISPOSITION_TIMED_THUMBNAILS,
  AV_LOG_QUIET,
  AVDISCARD_ALL,
  AVMEDIA_TYPE_ATTACHMENT,
  AVMEDIA_TYPE_AUDIO,
  AVMEDIA_TYPE_SUBTITLE,
  AVMEDIA_TYPE_VIDEO,
} from 'node-av/constants'
import { avGetCodecName, Dictionary, FormatContext, InputFormat, Log, type Stream } from 'node-av/lib'
import { PermanentFailure } from '#runtime/failure.ts'
import { FILM_CODECS } from '#schemas/film-codecs.ts'
import { check } from './media-error.ts'
import type { ContainerRules } from './pure/container.ts'

/** Streams that do not come out again. */
export interface LeftOut {
  readonly subtitles: number
  readonly attachments: number
  readonly pictures: number
  readonly otherVideos: number
  readonly data: number
}

/** An open film; everything in it lives until it is disposed of. */
export interface OpenFilm extends Disposable {
  readonly format: FormatContext
  readonly video: Stream
  readonly videoCodec: string
  readonly audio: readonly Stream[]
  readonly leftOut: LeftOut
}

/**
 * Opens the film at `path` with the container's own demuxer, whatever the bytes claim to be.
 * @throws {PermanentFailure} MEDIA_UNREADABLE, MEDIA_NO_VIDEO, MEDIA_CODEC
 */
export function openFilm(path: string, rules: ContainerRules): OpenFilm {
  Log.setLevel(AV_LOG_QUIET)
  const demuxer = InputFormat.findInputFormat(rules.demuxer)
  if (!demuxer) throw new PermanentFailure('MEDIA_CODEC', `no ${rules.demuxer} demuxer`)
  const format = new FormatContext()
  using boxed = Dictionary.fromObject({
    protocol_whitelist: 'file',
    format_whitelist: rules.demuxerNames,
    max_streams: MAX_STREAMS,
  })
  try {
    check(format.openInputSync(`file:${path}`, demuxer, boxed), 'MEDIA_UNREADABLE', 'opening the film')
    check(format.findStreamInfoSync(), 'MEDIA_UNREADABLE', 'reading the streams')
    return { ...sortStreams(format.streams), format, [Symbol.dispose]: () => format.closeInputSync() }
  } catch (error) {
    format.closeInputSync()
    throw error
  }
}

/** A film with more streams than this is refused. */
const MAX_STREAMS = 64

function sortStreams(
  streams: readonly Stream[],
): Pick<OpenFilm, 'video' | 'videoCodec' | 'audio' | 'leftOut'> {
  const videos = streams.filter((stream) => stream.codecpar.codecType === AVMEDIA_TYPE_VIDEO)
  const moving = videos.filter((stream) => !isPicture(stream))
  const video = moving.find((stream) => FILM_CODECS.has(codecName(stream)))
  if (!video) {
    if (moving.length === 0) throw new PermanentFailure('MEDIA_NO_VIDEO', 'The film has no video track.')
    throw new PermanentFailure('MEDIA_CODEC', 'No video track has a codec that is supported.')
  }
  const audio = streams.filter(
    (stream) => stream.codecpar.codecType === AVMEDIA_TYPE_AUDIO && codecName(stream) !== 'none',
  )
  for (const stream of streams) {
    if (stream.index !== video.index && !audio.includes(stream)) stream.discard = AVDISCARD_ALL
  }
  const count = (type: number): number => streams.filter((s) => s.codecpar.codecType === type).length
  const leftOut = {
    subtitles: count(AVMEDIA_TYPE_SUBTITLE),
    attachments: count(AVMEDIA_TYPE_ATTACHMENT),
    pictures: videos.length - moving.length,
    otherVideos: moving.length - 1,
  }
  const named = leftOut.subtitles + leftOut.attachments + videos.length + audio.length
  return { video, videoCodec: codecName(video), audio, leftOut: { ...leftOut, data: streams.length - named } }
}

const isPicture = (stream: Stream): boolean =>
  (stream.disposition & (AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS)) !== 0

const codecName = (stream: Stream): string => avGetCodecName(stream.codecpar.codecId) ?? 'none'
