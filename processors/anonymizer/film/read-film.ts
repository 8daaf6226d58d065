// Reads a film from its start as decoded pictures and audio packets, counts all damage and never ends silently short.
import {
  AV_NOPTS_VALUE,
  AV_PKT_FLAG_DISCARD,
  AVDISCARD_ALL,
  AVERROR_EAGAIN,
  AVERROR_EOF,
  AVSEEK_FLAG_BACKWARD,
} from 'node-av/constants'
import { Frame, type HardwareDeviceContext, Packet } from 'node-av/lib'
import { PermanentFailure } from '#runtime/failure.ts'
import { CopyDoubt } from './copy-doubt.ts'
import { isDamaged } from './damaged.ts'
import { isDrained } from './media-error.ts'
import { openDecoder, type PictureDecoder } from './open-decoder.ts'
import type { OpenFilm } from './open-film.ts'
import { openGpuDecoder } from './open-gpu-decoder.ts'
import type { KeyFrame } from './pure/part-plan.ts'
import { newTimeline, placePacket, type Timeline } from './pure/timeline.ts'

/** Borrowed: a frame or packet is the reader's again at the next step; keep a reference to hold it longer. */
export type FilmPart =
  | { readonly part: 'picture'; readonly frame: Frame }
  | { readonly part: 'audio'; readonly packet: Packet }
  /** A packet of the pictures, before it is decoded; only where it was asked for. */
  | { readonly part: 'coded'; readonly packet: Packet }

/** What was met on the way; complete when the reader has ended. */
export interface ReadTally {
  videoPackets: number
  pictures: number
  /** Packets that the decoder refused. */
  refusedPackets: number
  /** Pictures that the decoder calls damaged; they are shown, looked at and hidden as they are. */
  damagedPictures: number
  /** True where the file could not be read to its end. */
  brokenOff: boolean
  clockJumps: number
  /** Byte of the file up to which was read; 0 where the container does not say. */
  bytes: number
  /** Where the last packet of any track that was read ends, in seconds of the film's own clock; null before. */
  endSeconds: number | null
}

export interface PacketOptions {
  readonly audio: boolean
  /** True for transport streams, whose clock may jump. */
  readonly joinClock: boolean
  /** The key frame to begin with; what comes before it is skipped. */
  readonly enter?: EntryPoint | undefined
}

export interface EntryPoint extends KeyFrame {
  /** Goes there at once instead of reading up to it; only where the container can tell where that is. */
  readonly seeks: boolean
}

export interface ReadOptions extends PacketOptions {
  readonly threads: number
  /** Decodes on it; on the CPU where none is given. */
  readonly gpu?: HardwareDeviceContext | undefined
  readonly coded?: boolean
}

export const newTally = (): ReadTally => ({
  videoPackets: 0,
  pictures: 0,
  refusedPackets: 0,
  damagedPictures: 0,
  brokenOff: false,
  clockJumps: 0,
  bytes: 0,
  endSeconds: null,
})

/**
 * Pictures in the order shown, audio packets in the order stored.
 * @throws {PermanentFailure} MEDIA_CODEC, MEDIA_TOO_LARGE, MEDIA_UNREADABLE, GPU_NOT_AVAILABLE
 */
export function* readFilm(film: OpenFilm, tally: ReadTally, options: ReadOptions): Generator<FilmPart> {
  using frame = new Frame()
  const { gpu, threads } = options
  using decoder = gpu ? openGpuDecoder(film, gpu) : openDecoder(film, threads)
  frame.alloc()
  for (const packet of readPackets(film, tally, options)) {
    if (packet.streamIndex !== film.video.index) {
      yield { part: 'audio', packet }
      continue
    }
    if (options.coded) yield { part: 'coded', packet }
    yield* decodePacket(decoder, packet, frame, tally)
  }
  yield* decodePacket(decoder, null, frame, tally)
}

/**
 * Packets of the pictures and, where wanted, of the sound, in the order stored; borrowed until the next step.
 * @throws {CopyDoubt} where the film does not have the picture that it is to be entered at
 */
export function* readPackets(film: OpenFilm, tally: ReadTally, options: PacketOptions): Generator<Packet> {
  using packet = new Packet()
  packet.alloc()
  const place = options.joinClock ? clockJoiner(film, tally) : undefined
  if (!options.audio) for (const stream of film.audio) stream.discard = AVDISCARD_ALL
  const wanted = new Set(options.audio ? film.audio.map((stream) => stream.index) : [])
  const isVideo = film.video.index
  wanted.add(isVideo)
  const noteEnd = endKeeper(film, tally)
  const { enter } = options
  if (enter?.seeks) requireSeek(film.format.seekFrameSync(isVideo, enter.seek, AVSEEK_FLAG_BACKWARD))
  let isInside = enter === undefined
  for (;;) {
    const read = film.format.readFrameSync(packet)
    if (read === AVERROR_EAGAIN) continue
    if (read < 0) {
      tally.brokenOff = read !== AVERROR_EOF
      break
    }
    tally.bytes = Math.max(tally.bytes, Number(packet.pos))
    place?.(packet)
    noteEnd(packet)
    isInside ||= packet.streamIndex === isVideo && packet.isKeyframe && packet.pts === enter?.pts
    if (packet.streamIndex === isVideo && isInside && !packet.hasFlags(AV_PKT_FLAG_DISCARD))
      tally.videoPackets++
    if (isInside && wanted.has(packet.streamIndex)) yield packet
    packet.unref()
  }
  if (!isInside) throw new CopyDoubt()
}

function requireSeek(result: number): void {
  if (result < 0) throw new CopyDoubt()
}

function* decodePacket(
  decoder: PictureDecoder,
  packet: Packet | null,
  frame: Frame,
  tally: ReadTally,
): Generator<FilmPart> {
  if (decoder.sendPacketSync(packet) < 0 && packet) tally.refusedPackets++
  for (;;) {
    const received = decoder.receiveFrameSync(frame)
    if (isDrained(received)) return
    if (received < 0) {
      tally.refusedPackets++
      if (packet === null) return
      continue
    }
    tally.pictures++
    if (isDamaged(frame)) tally.damagedPictures++
    yield { part: 'picture', frame }
    frame.unref()
  }
}

function endKeeper(film: OpenFilm, tally: ReadTally): (packet: Packet) => void {
  const perTick = new Map(
    film.format.streams.map(({ index, timeBase }) => [index, timeBase.num / timeBase.den]),
  )
  return (packet) => {
    const at = packet.pts === AV_NOPTS_VALUE ? packet.dts : packet.pts
    const tick = perTick.get(packet.streamIndex)
    if (at === AV_NOPTS_VALUE || tick === undefined) return
    const end = (Number(at) + Number(packet.duration)) * tick
    tally.endSeconds = Math.max(tally.endSeconds ?? end, end)
  }
}

/** Moves packets so that all tracks go on where a jumping clock left them. */
function clockJoiner(film: OpenFilm, tally: ReadTally): (packet: Packet) => void {
  const bases = new Map(film.format.streams.map((stream) => [stream.index, stream.timeBase]))
  let timeline: Timeline = newTimeline
  return (packet) => {
    const base = bases.get(packet.streamIndex)
    const at = packet.dts === AV_NOPTS_VALUE ? packet.pts : packet.dts
    if (!base || at === AV_NOPTS_VALUE) return
    const perTick = base.num / base.den
    const placed = placePacket(timeline, {
      track: packet.streamIndex,
      at: Number(at) * perTick,
      seconds: Number(packet.duration) * perTick,
    })
    timeline = placed.timeline
    tally.clockJumps = timeline.jumps
    if (placed.offset === 0) return
    const ticks = BigInt(Math.round(placed.offset / perTick))
    if (packet.pts !== AV_NOPTS_VALUE) packet.pts += ticks
    if (packet.dts !== AV_NOPTS_VALUE) packet.dts += ticks
  }
}

/** @throws {PermanentFailure} MEDIA_UNREADABLE where a film gave no picture at all */
export function requirePictures(tally: ReadTally): void {
  if (tally.pictures === 0) throw new PermanentFailure('MEDIA_UNREADABLE', 'No picture could be decoded.')
}
