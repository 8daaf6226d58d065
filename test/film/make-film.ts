// Makes a small film for a test: pictures painted sample by sample at given times, tones as sound, in any container.
import {
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_LOG_QUIET,
  AV_PKT_DATA_DISPLAYMATRIX,
  AV_SAMPLE_FMT_FLTP,
  AV_SAMPLE_FMT_S16,
  AVFMT_GLOBALHEADER,
  type AVSampleFormat,
} from 'node-av/constants'
import {
  avGetPixFmtFromName,
  Codec,
  CodecContext,
  Dictionary,
  FormatContext,
  Frame,
  Log,
  Packet,
  Rational,
  type Stream,
} from 'node-av/lib'

export interface Plane {
  readonly data: Uint8Array
  readonly stride: number
}
/** Paints one picture: 8-bit planes, or 16-bit ones as bytes. */
export type Paint = (planes: readonly Plane[], index: number) => void

export interface FilmToMake {
  readonly path: string
  /** FFmpeg's muxer and encoders. */
  readonly muxer: string
  readonly codec: string
  readonly audioCodec?: string
  readonly audioTracks?: number
  readonly width: number
  readonly height: number
  readonly pixelFormat?: string
  readonly timeBase: readonly [number, number]
  /** Presentation times in ticks, rising; durations are their distances. */
  readonly times: readonly number[]
  readonly paint: Paint
  readonly codecOptions?: Readonly<Record<string, string>>
  readonly muxerOptions?: Readonly<Record<string, string>>
  /** Degrees clockwise, written as a display matrix. */
  readonly rotation?: 0 | 90 | 180 | 270
  readonly colours?: {
    readonly range: number
    readonly primaries: number
    readonly transfer: number
    readonly space: number
  }
  readonly sampleAspect?: readonly [number, number]
  /** Writes only these video packets, by their place in the file. */
  readonly keepPacket?: (place: number) => boolean
}

const must = (result: number, what: string): void => {
  if (result < 0) throw new Error(`${what}: ${result}`)
}

export function makeFilm(film: FilmToMake): void {
  Log.setLevel(AV_LOG_QUIET)
  const format = new FormatContext()
  must(format.allocOutputContext2(null, film.muxer, `file:${film.path}`), 'container')
  const globalHeader = ((format.oformat?.flags ?? 0) & AVFMT_GLOBALHEADER) !== 0
  const encoder = videoEncoder(film, globalHeader)
  const video = format.newStream()
  must(video.codecpar.fromContext(encoder), 'video parameters')
  video.timeBase = new Rational(...film.timeBase)
  video.avgFrameRate = encoder.framerate
  if (film.rotation)
    must(video.codecpar.addCodedSideData(AV_PKT_DATA_DISPLAYMATRIX, matrix(film.rotation)), 'matrix')
  const sounds = Array.from({ length: film.audioCodec ? (film.audioTracks ?? 1) : 0 }, () => {
    const context = audioEncoder(film.audioCodec ?? '', globalHeader)
    const stream = format.newStream()
    must(stream.codecpar.fromContext(context), 'audio parameters')
    stream.timeBase = context.timeBase
    return { context, stream }
  })
  must(format.openOutputSync(), 'open')
  using options = Dictionary.fromObject({ ...film.muxerOptions })
  must(format.writeHeaderSync(options), 'header')
  const seconds = ((film.times.at(-1) ?? 0) * film.timeBase[0]) / film.timeBase[1]
  for (const [track, { context, stream }] of sounds.entries())
    encodeTone(format, context, stream, seconds, track)
  encodePictures(format, film, encoder, video)
  must(format.writeTrailerSync(), 'trailer')
  encoder.freeContext()
  for (const { context } of sounds) context.freeContext()
  format.closeOutputSync()
  format.freeContext()
}

function videoEncoder(film: FilmToMake, globalHeader: boolean): CodecContext {
  const codec = Codec.findEncoderByName(film.codec as never)
  if (!codec) throw new Error(`no encoder ${film.codec}`)
  const context = new CodecContext()
  context.allocContext3(codec)
  context.width = film.width
  context.height = film.height
  context.pixelFormat = avGetPixFmtFromName(film.pixelFormat ?? 'yuv420p')
  context.timeBase = new Rational(...film.timeBase)
  const step = Math.max(1, (film.times[1] ?? 1) - (film.times[0] ?? 0))
  context.framerate = new Rational(film.timeBase[1], film.timeBase[0] * step)
  if (film.sampleAspect) context.sampleAspectRatio = new Rational(...film.sampleAspect)
  if (film.colours) {
    context.colorRange = film.colours.range as never
    context.colorPrimaries = film.colours.primaries as never
    context.colorTrc = film.colours.transfer as never
    context.colorSpace = film.colours.space as never
  }
  if (globalHeader) context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER)
  context.threadCount = 1
  for (const [name, value] of Object.entries(film.codecOptions ?? {}))
    must(context.setOption(name, value), name)
  must(context.open2Sync(codec), 'video encoder')
  return context
}

function encodePictures(
  format: FormatContext,
  film: FilmToMake,
  encoder: CodecContext,
  stream: Stream,
): void {
  const packet = new Packet()
  packet.alloc()
  const frame = new Frame()
  const durations = new Map<bigint, bigint>()
  let place = 0
  const drain = (): void => {
    while (encoder.receivePacketSync(packet) >= 0) {
      packet.duration = durations.get(packet.pts) ?? 0n
      packet.streamIndex = stream.index
      packet.rescaleTs({ num: film.timeBase[0], den: film.timeBase[1] }, stream.timeBase)
      if (film.keepPacket?.(place++) ?? true) must(format.interleavedWriteFrameSync(packet), 'packet')
      packet.unref()
    }
  }
  for (const [index, time] of film.times.entries()) {
    frame.alloc()
    frame.width = film.width
    frame.height = film.height
    frame.format = encoder.pixelFormat
    must(frame.getBuffer(0), 'picture')
    const planes = (frame.data ?? []).map((data, i) => ({ data, stride: frame.linesize[i] ?? 0 }))
    film.paint(planes, index)
    frame.pts = BigInt(time)
    const next = film.times[index + 1] ?? time + (time - (film.times[index - 1] ?? time - 1))
    durations.set(BigInt(time), BigInt(next - time))
    must(encoder.sendFrameSync(frame), 'sending')
    drain()
  }
  must(encoder.sendFrameSync(null), 'ending')
  drain()
  frame.free()
  packet.free()
}

const RATE = 44100

function audioEncoder(name: string, globalHeader: boolean): CodecContext {
  const codec = Codec.findEncoderByName(name as never)
  if (!codec) throw new Error(`no encoder ${name}`)
  const context = new CodecContext()
  context.allocContext3(codec)
  const rate = name === 'libopus' ? 48000 : RATE
  context.sampleRate = rate
  context.sampleFormat = audioFormat(name)
  context.channelLayout = { nbChannels: 1, order: 1, mask: 4n } as never
  context.timeBase = new Rational(1, rate)
  if (globalHeader) context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER)
  must(context.open2Sync(codec), 'audio encoder')
  return context
}

const audioFormat = (name: string): AVSampleFormat =>
  name === 'pcm_s16le' || name === 'libopus' || name === 'flac' ? AV_SAMPLE_FMT_S16 : AV_SAMPLE_FMT_FLTP

/** A tone of its own for each track. */
function encodeTone(
  format: FormatContext,
  context: CodecContext,
  stream: Stream,
  seconds: number,
  track: number,
): void {
  const size = context.frameSize || 1024
  const packet = new Packet()
  packet.alloc()
  const base = context.timeBase
  const drain = (): void => {
    while (context.receivePacketSync(packet) >= 0) {
      packet.streamIndex = stream.index
      packet.rescaleTs(base, stream.timeBase)
      must(format.interleavedWriteFrameSync(packet), 'sound packet')
      packet.unref()
    }
  }
  const isFloat = context.sampleFormat === AV_SAMPLE_FMT_FLTP
  const turn = (2 * Math.PI * (330 + 110 * track)) / context.sampleRate
  for (let at = 0; at < seconds * context.sampleRate; at += size) {
    const tone = Array.from({ length: size }, (_, i) => 0.2 * Math.sin(turn * (at + i)))
    const samples = isFloat ? Float32Array.from(tone) : Int16Array.from(tone, (value) => value * 32767)
    const frame = Frame.fromAudioBuffer(Buffer.from(samples.buffer), {
      nbSamples: size,
      format: context.sampleFormat,
      sampleRate: context.sampleRate,
      channelLayout: context.channelLayout,
      pts: BigInt(at),
    })
    must(context.sendFrameSync(frame), 'sound')
    frame.free()
    drain()
  }
  must(context.sendFrameSync(null), 'ending sound')
  drain()
  packet.free()
}

/** A display matrix (ISO/IEC 14496-12) that turns clockwise. */
function matrix(degrees: number): Buffer {
  const [a, b] = [
    Math.round(Math.cos((degrees * Math.PI) / 180)),
    Math.round(Math.sin((degrees * Math.PI) / 180)),
  ]
  const values = [a, b, 0, -b, a, 0, 0, 0, 1 << 14].map((value, i) => (i === 8 ? 1 << 30 : value << 16))
  return Buffer.from(Int32Array.from(values).buffer)
}

/** Every sample of a soft moving pattern: cheap, and no two frames are alike. */
export const ripples =
  (bytes: 1 | 2 = 1): Paint =>
  (planes, index) => {
    for (const [p, { data, stride }] of planes.entries()) {
      const rows = data.length / stride
      for (let y = 0; y < rows; y++) {
        for (let x = 0; x < stride / bytes; x++) {
          const value =
            p === 0 ? 128 + 60 * Math.sin((x + 3 * index) / 9) + 40 * Math.cos(y / 7) : 110 + 10 * p
          if (bytes === 1) data[y * stride + x] = value
          else new DataView(data.buffer, data.byteOffset).setUint16(y * stride + 2 * x, value * 4, true)
        }
      }
    }
  }
