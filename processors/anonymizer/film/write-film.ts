// Writes the new film: its encoded pictures and the old film's sound, packet for packet, and nothing else of the old file.
import { AV_NOPTS_VALUE, AVFMT_AVOID_NEG_TS_DISABLED, AVFMT_FLAG_BITEXACT } from 'node-av/constants'
import {
  type CodecContext,
  Dictionary,
  FormatContext,
  type IRational,
  type Packet,
  Rational,
  type Stream,
} from 'node-av/lib'
import { PermanentFailure } from '#runtime/failure.ts'
import type { FilmFacts } from './inspect-film.ts'
import { check } from './media-error.ts'
import type { OpenFilm } from './open-film.ts'
import type { ContainerRules } from './pure/container.ts'
import type { VideoEncoding } from './pure/video-encoding.ts'

/** What was written, to be compared with what is read back. */
export interface WrittenFilm {
  readonly pictures: number
  /** Packets of each sound track, in the order of the tracks. */
  readonly soundPackets: readonly number[]
  readonly soundBytes: readonly number[]
  /** Sound packets whose time had to be moved because it went back. */
  readonly movedSound: number
}

export interface FilmWriter extends Disposable {
  writePicture(packet: Packet): void
  writeSound(packet: Packet): void
  finish(): WrittenFilm
}

export interface NewFilm {
  readonly path: string
  readonly rules: ContainerRules
  readonly facts: FilmFacts
  readonly encoding: VideoEncoding
  readonly encoder: CodecContext
  /** Codec header, where it is more than the encoder's own; units behind start codes. */
  readonly codecHeader?: Uint8Array | undefined
  /** The old film, whose sound is taken over. */
  readonly source: OpenFilm
}

/** @throws {PermanentFailure} RENDER_FAILED @throws {TransientFailure} DISK_FULL */
export function createFilm(film: NewFilm): FilmWriter {
  const format = new FormatContext()
  try {
    check(
      format.allocOutputContext2(null, film.rules.muxer, `file:${film.path}`),
      'RENDER_FAILED',
      'choosing the container',
    )
    format.setFlags(AVFMT_FLAG_BITEXACT)
    format.maxInterleaveDelta = LONGEST_INTERLEAVE_US
    const video = addVideo(format, film)
    const sound = film.source.audio.map((stream) => addSound(format, stream))
    check(format.openOutputSync(), 'RENDER_FAILED', 'creating the film')
    using options = Dictionary.fromObject({
      ...film.rules.muxerOptions,
      avoid_negative_ts: avoidNegative(film),
    })
    check(format.writeHeaderSync(options), 'RENDER_FAILED', 'writing the head of the film')
    return writerOf(format, film, { video, sound })
  } catch (error) {
    closeFilm(format)
    throw error
  }
}

/** Sound waits at most this long, in microseconds of film, for the pictures that are still looked at and encoded. */
const LONGEST_INTERLEAVE_US = 30_000_000n

/**
 * Times are kept as they are. Only where the container cannot hold a negative one (transport streams, AVI) FFmpeg
 * may move all tracks together.
 */
const avoidNegative = ({ rules }: NewFilm): string =>
  rules.container === 'mpegts' || rules.container === 'avi' ? 'auto' : String(AVFMT_AVOID_NEG_TS_DISABLED)

function addVideo(format: FormatContext, film: NewFilm): Stream {
  const { facts, encoding, encoder, source, codecHeader } = film
  const stream = format.newStream()
  check(stream.codecpar.fromContext(encoder), 'RENDER_FAILED', 'describing the pictures')
  if (codecHeader) stream.codecpar.extradata = Buffer.from(codecHeader)
  if (encoding.tag !== undefined) stream.codecpar.codecTag = encoding.tag
  for (const { type, data } of facts.sideData)
    check(
      stream.codecpar.addCodedSideData(type, Buffer.from(data)),
      'RENDER_FAILED',
      'describing the pictures',
    )
  stream.timeBase = new Rational(facts.timeBase.num, facts.timeBase.den)
  if (facts.frameRate.num > 0) {
    stream.avgFrameRate = new Rational(facts.frameRate.num, facts.frameRate.den)
  }
  if (facts.sampleAspect.num > 0)
    stream.sampleAspectRatio = new Rational(facts.sampleAspect.num, facts.sampleAspect.den)
  stream.disposition = source.video.disposition
  return stream
}

interface SoundTrack {
  readonly sourceIndex: number
  readonly sourceBase: IRational
  readonly stream: Stream
}

function addSound(format: FormatContext, source: Stream): SoundTrack {
  const stream = format.newStream()
  check(source.codecpar.copy(stream.codecpar), 'RENDER_FAILED', 'describing the sound')
  stream.codecpar.codecTag = 0
  stream.timeBase = source.timeBase
  stream.disposition = source.disposition
  const language = source.metadata?.get('language')
  if (language) stream.metadata = Dictionary.fromObject({ language })
  return { sourceIndex: source.index, sourceBase: source.timeBase, stream }
}

function writerOf(
  format: FormatContext,
  film: NewFilm,
  tracks: { readonly video: Stream; readonly sound: readonly SoundTrack[] },
): FilmWriter {
  const videoBase = tracks.video.timeBase
  const pictureBase = film.facts.timeBase
  const sound = new Map(
    tracks.sound.map((track, position) => [
      track.sourceIndex,
      { ...track, position, base: track.stream.timeBase, index: track.stream.index, last: AV_NOPTS_VALUE },
    ]),
  )
  const soundPackets = tracks.sound.map(() => 0)
  const soundBytes = tracks.sound.map(() => 0)
  let pictures = 0
  let movedSound = 0
  const write = (packet: Packet): void => {
    check(format.interleavedWriteFrameSync(packet), 'RENDER_FAILED', 'writing the film')
  }
  return {
    writePicture(packet) {
      pictures++
      packet.streamIndex = tracks.video.index
      packet.rescaleTs(pictureBase, videoBase)
      write(packet)
    },
    writeSound(packet) {
      const track = sound.get(packet.streamIndex)
      if (!track) throw new PermanentFailure('RENDER_FAILED', 'A sound packet has no track.')
      soundPackets[track.position] = (soundPackets[track.position] ?? 0) + 1
      soundBytes[track.position] = (soundBytes[track.position] ?? 0) + packet.size
      packet.streamIndex = track.index
      packet.rescaleTs(track.sourceBase, track.base)
      if (packet.dts === AV_NOPTS_VALUE) packet.dts = packet.pts
      if (track.last !== AV_NOPTS_VALUE && packet.dts <= track.last) {
        movedSound++
        packet.dts = track.last + 1n
        if (packet.pts < packet.dts) packet.pts = packet.dts
      }
      track.last = packet.dts
      write(packet)
    },
    finish() {
      check(format.interleavedWriteFrameSync(null), 'RENDER_FAILED', 'writing the film')
      check(format.writeTrailerSync(), 'RENDER_FAILED', 'ending the film')
      return { pictures, soundPackets, soundBytes, movedSound }
    },
    [Symbol.dispose]: () => closeFilm(format),
  }
}

function closeFilm(format: FormatContext): void {
  format.closeOutputSync()
  format.freeContext()
}
