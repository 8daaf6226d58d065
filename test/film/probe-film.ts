// Reads a film back on its own, without any code of the product: counts, times, tags and hashes to compare.
import { createHash } from 'node:crypto'
import {
  AV_FRAME_FLAG_INTERLACED,
  AV_LOG_QUIET,
  AV_NOPTS_VALUE,
  AVMEDIA_TYPE_AUDIO,
  AVMEDIA_TYPE_VIDEO,
} from 'node-av/constants'
import {
  avGetCodecName,
  avGetPixFmtName,
  Codec,
  CodecContext,
  FormatContext,
  Frame,
  Log,
  Packet,
} from 'node-av/lib'

export interface ProbedVideo {
  readonly codec: string
  readonly width: number
  readonly height: number
  readonly pixelFormat: string
  /** Presentation times in seconds, rising. */
  readonly times: readonly number[]
  readonly lastDuration: number
  readonly keyFrames: number
  readonly sideData: readonly string[]
  readonly colours: readonly number[]
  readonly sampleAspect: string
}
export interface ProbedAudio {
  readonly codec: string
  /** Of all packets' bytes one after another. */
  readonly hash: string
  readonly packets: number
  readonly times: readonly number[]
}
export interface ProbedFilm {
  readonly video: readonly ProbedVideo[]
  readonly audio: readonly ProbedAudio[]
  readonly others: number
  readonly seconds: number
  readonly tags: Readonly<Record<string, string>>
}

export function probeFilm(path: string): ProbedFilm {
  Log.setLevel(AV_LOG_QUIET)
  const format = new FormatContext()
  if (format.openInputSync(path) < 0 || format.findStreamInfoSync() < 0)
    throw new Error(`cannot open ${path}`)
  const tracks = format.streams.map((stream) => ({
    stream,
    tick: stream.timeBase.num / stream.timeBase.den,
    times: [] as number[],
    lastDuration: 0,
    keyFrames: 0,
    hash: createHash('sha256'),
  }))
  const packet = new Packet()
  packet.alloc()
  while (format.readFrameSync(packet) >= 0) {
    const track = tracks[packet.streamIndex]
    if (track && packet.size > 0) {
      const at = packet.pts === AV_NOPTS_VALUE ? packet.dts : packet.pts
      track.times.push(Number(at) * track.tick)
      if (packet.isKeyframe) track.keyFrames++
      if (Number(at) * track.tick >= Math.max(...track.times))
        track.lastDuration = Number(packet.duration) * track.tick
      track.hash.update(packet.data ?? Buffer.alloc(0))
    }
    packet.unref()
  }
  const of = (type: number) => tracks.filter(({ stream }) => stream.codecpar.codecType === type)
  const probed: ProbedFilm = {
    video: of(AVMEDIA_TYPE_VIDEO).map(({ stream: { codecpar }, times, lastDuration, keyFrames }) => ({
      codec: avGetCodecName(codecpar.codecId) ?? '',
      width: codecpar.width,
      height: codecpar.height,
      pixelFormat: avGetPixFmtName(codecpar.format as never) ?? '',
      times: times.toSorted((a, b) => a - b),
      lastDuration,
      keyFrames,
      sideData: codecpar.getAllCodedSideData().map(({ type, data }) => `${type}:${data.toString('hex')}`),
      colours: [codecpar.colorRange, codecpar.colorPrimaries, codecpar.colorTrc, codecpar.colorSpace],
      sampleAspect: codecpar.sampleAspectRatio.toString(),
    })),
    audio: of(AVMEDIA_TYPE_AUDIO).map(({ stream, times, hash }) => ({
      codec: avGetCodecName(stream.codecpar.codecId) ?? '',
      hash: hash.digest('hex'),
      packets: times.length,
      times,
    })),
    others: tracks.length - of(AVMEDIA_TYPE_VIDEO).length - of(AVMEDIA_TYPE_AUDIO).length,
    seconds: Number(format.duration) / 1e6,
    tags: format.metadata?.getAll() ?? {},
  }
  packet.free()
  format.closeInputSync()
  return probed
}

/** Luma of every picture in the order shown, rows without gaps, as stored. */
export function decodeLuma(path: string): { width: number; height: number; pictures: Uint8Array[] } {
  const planes = decodePlanes(path)
  return { ...planes, pictures: planes.pictures.map((picture) => picture[0] ?? new Uint8Array()) }
}

/** All planes (8 bits) of every picture in the order shown, rows without gaps. */
export function decodePlanes(path: string): {
  width: number
  height: number
  interlaced: boolean
  pictures: Uint8Array[][]
} {
  Log.setLevel(AV_LOG_QUIET)
  const format = new FormatContext()
  if (format.openInputSync(path) < 0 || format.findStreamInfoSync() < 0)
    throw new Error(`cannot open ${path}`)
  const stream = format.streams.find(({ codecpar }) => codecpar.codecType === AVMEDIA_TYPE_VIDEO)
  const codec = stream && Codec.findDecoder(stream.codecpar.codecId)
  if (!stream || !codec) throw new Error('no video')
  const decoder = new CodecContext()
  decoder.allocContext3(codec)
  decoder.parametersToContext(stream.codecpar)
  decoder.open2Sync(codec)
  const packet = new Packet()
  packet.alloc()
  const frame = new Frame()
  frame.alloc()
  const pictures: Uint8Array[][] = []
  let [width, height] = [0, 0]
  let interlaced = false
  const drain = (): void => {
    while (decoder.receiveFrameSync(frame) >= 0) {
      ;({ width, height } = frame)
      interlaced ||= frame.hasFlags(AV_FRAME_FLAG_INTERLACED)
      const name = avGetPixFmtName(frame.format as never) ?? ''
      const [xShift, yShift] = name.includes('420') ? [1, 1] : [0, 0]
      pictures.push(
        [0, 1, 2].map((plane) => {
          const [w, h] =
            plane === 0 ? [width, height] : [(width + xShift) >> xShift, (height + yShift) >> yShift]
          const stride = frame.linesize[plane] ?? 0
          const rows = new Uint8Array(w * h)
          const data = frame.data?.[plane] ?? Buffer.alloc(0)
          for (let y = 0; y < h; y++) rows.set(data.subarray(y * stride, y * stride + w), y * w)
          return rows
        }),
      )
      frame.unref()
    }
  }
  while (format.readFrameSync(packet) >= 0) {
    if (packet.streamIndex === stream.index) {
      decoder.sendPacketSync(packet)
      drain()
    }
    packet.unref()
  }
  decoder.sendPacketSync(null)
  drain()
  frame.free()
  packet.free()
  decoder.freeContext()
  format.closeInputSync()
  return { width, height, interlaced, pictures }
}

/** Bytes of all sound packets together. */
export function soundBytes(path: string): number {
  const format = new FormatContext()
  if (format.openInputSync(path) < 0 || format.findStreamInfoSync() < 0)
    throw new Error(`cannot open ${path}`)
  const sound = new Set(
    format.streams
      .filter(({ codecpar }) => codecpar.codecType === AVMEDIA_TYPE_AUDIO)
      .map(({ index }) => index),
  )
  const packet = new Packet()
  packet.alloc()
  let bytes = 0
  while (format.readFrameSync(packet) >= 0) {
    if (sound.has(packet.streamIndex)) bytes += packet.size
    packet.unref()
  }
  packet.free()
  format.closeInputSync()
  return bytes
}
