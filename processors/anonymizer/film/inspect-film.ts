// Learns from the first picture that really decodes what the container only claims: size, format, turning, colours.

import type {
  AVChromaLocation,
  AVColorPrimaries,
  AVColorRange,
  AVColorSpace,
  AVColorTransferCharacteristic,
  AVFrameSideDataType,
  AVPacketSideDataType,
} from 'node-av/constants'
import {
  AV_FRAME_DATA_CONTENT_LIGHT_LEVEL,
  AV_FRAME_DATA_DISPLAYMATRIX,
  AV_FRAME_DATA_MASTERING_DISPLAY_METADATA,
  AV_FRAME_FLAG_INTERLACED,
  AV_NOPTS_VALUE,
  AV_PKT_DATA_CONTENT_LIGHT_LEVEL,
  AV_PKT_DATA_DISPLAYMATRIX,
  AV_PKT_DATA_MASTERING_DISPLAY_METADATA,
  AVCOL_RANGE_JPEG,
} from 'node-av/constants'
import type { Frame, IRational } from 'node-av/lib'
import { PermanentFailure } from '#runtime/failure.ts'
import { MAX_FILM_PIXELS } from './open-decoder.ts'
import { type OpenFilm, openFilm } from './open-film.ts'
import { pixelFormatName } from './pixel-format.ts'
import type { ContainerRules } from './pure/container.ts'
import { isFullRangeName } from './pure/pixel-layout.ts'
import { type Rotation, rotationOf, type Size, turnedSize } from './pure/rotation.ts'
import { newTally, readFilm } from './read-film.ts'

export interface Colours {
  readonly range: AVColorRange
  readonly primaries: AVColorPrimaries
  readonly transfer: AVColorTransferCharacteristic
  readonly space: AVColorSpace
  readonly chroma: AVChromaLocation
}

export interface FilmFacts {
  readonly codec: string
  /** In pixels, as stored. */
  readonly stored: Size
  /** In pixels, after orientation. */
  readonly displayed: Size
  readonly rotation: Rotation
  /** FFmpeg’s name of the decoded pictures’ format. */
  readonly pixelFormat: string
  readonly timeBase: IRational
  readonly sampleAspect: IRational
  readonly frameRate: IRational
  readonly colours: Colours
  readonly interlaced: boolean
  /** The container's word, as an estimate; null where it says nothing. */
  readonly seconds: number | null
  /** Where the film's clock starts. */
  readonly startSeconds: number
  /** Side data of the video track that must come out again: orientation and HDR. */
  readonly sideData: readonly { readonly type: AVPacketSideDataType; readonly data: Uint8Array }[]
}

/**
 * Opens the film, decodes up to its first picture and closes it again.
 * @throws {PermanentFailure} MEDIA_UNREADABLE, MEDIA_NO_VIDEO, MEDIA_CODEC, MEDIA_TOO_LARGE
 */
export function inspectFilm(path: string, rules: ContainerRules): FilmFacts {
  using film = openFilm(path, rules)
  for (const part of readFilm(film, newTally(), { threads: 1, audio: false, joinClock: false })) {
    if (part.part === 'picture') return factsOf(film, part.frame)
  }
  throw new PermanentFailure('MEDIA_UNREADABLE', 'No picture could be decoded.')
}

function factsOf(film: OpenFilm, frame: Frame): FilmFacts {
  const { video, format } = film
  const { width, height } = frame
  if (width * height > MAX_FILM_PIXELS)
    throw new PermanentFailure('MEDIA_TOO_LARGE', 'The film has more pixels than allowed.')
  const sideData = sideDataOf(film, frame)
  const matrix = sideData.find((entry) => entry.type === AV_PKT_DATA_DISPLAYMATRIX)?.data ?? null
  const rotation = rotationOf(matrix)
  const pixelFormat = pixelFormatName(frame)
  const aspect = frame.sampleAspectRatio.num > 0 ? frame.sampleAspectRatio : video.sampleAspectRatio
  const seconds = Number(format.duration) / 1e6
  return {
    codec: film.videoCodec,
    stored: { width, height },
    displayed: turnedSize({ width, height }, rotation),
    rotation,
    pixelFormat,
    timeBase: plain(video.timeBase),
    sampleAspect: plain(aspect),
    frameRate: plain(video.avgFrameRate.num > 0 ? video.avgFrameRate : video.rFrameRate),
    colours: coloursOf(frame, pixelFormat),
    interlaced: frame.hasFlags(AV_FRAME_FLAG_INTERLACED),
    startSeconds: format.startTime === AV_NOPTS_VALUE ? 0 : Number(format.startTime) / 1e6,
    seconds: format.duration === AV_NOPTS_VALUE || seconds <= 0 ? null : seconds,
    sideData,
  }
}

const plain = (rational: IRational): IRational => ({ num: rational.num, den: rational.den })

const coloursOf = (frame: Frame, pixelFormat: string): Colours => ({
  range: isFullRangeName(pixelFormat) ? AVCOL_RANGE_JPEG : frame.colorRange,
  primaries: frame.colorPrimaries,
  transfer: frame.colorTrc,
  space: frame.colorSpace,
  chroma: frame.chromaLocation,
})

/** Kept side data by its name in a track and in a picture: told by the container, or else by the stream itself. */
const KEPT: readonly (readonly [AVPacketSideDataType, AVFrameSideDataType])[] = [
  [AV_PKT_DATA_DISPLAYMATRIX, AV_FRAME_DATA_DISPLAYMATRIX],
  [AV_PKT_DATA_MASTERING_DISPLAY_METADATA, AV_FRAME_DATA_MASTERING_DISPLAY_METADATA],
  [AV_PKT_DATA_CONTENT_LIGHT_LEVEL, AV_FRAME_DATA_CONTENT_LIGHT_LEVEL],
]

function sideDataOf(film: OpenFilm, frame: Frame): FilmFacts['sideData'] {
  return KEPT.flatMap(([inTrack, inPicture]) => {
    const data = film.video.codecpar.getCodedSideData(inTrack) ?? frame.getSideData(inPicture)
    return data ? [{ type: inTrack, data: Uint8Array.from(data) }] : []
  })
}
