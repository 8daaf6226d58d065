// Opens a film with the one demuxer that its content asks for and reads size, frames and duration; no protocol but file.
import {
  AV_DISPOSITION_ATTACHED_PIC,
  AV_LOG_QUIET,
  AV_PKT_DATA_DISPLAYMATRIX,
  AVMEDIA_TYPE_VIDEO,
} from 'node-av/constants'
import { avGetCodecName, Dictionary, FormatContext, InputFormat, Log, Packet, type Stream } from 'node-av/lib'
import { FILM_CODECS } from '#schemas/film-codecs.ts'
import type { FilmType } from '../pure/media-types.ts'
import type { ProbeResult } from '../pure/probe-result.ts'
import { refusal } from '../pure/refusal.ts'

Log.setLevel(AV_LOG_QUIET)

const DEMUXERS: Readonly<Record<FilmType, string>> = {
  mp4: 'mov',
  mov: 'mov',
  matroska: 'matroska',
  webm: 'matroska',
  'transport-stream': 'mpegts',
  avi: 'avi',
}

/** What the demuxer may read and decode to learn of the streams, in bytes and in microseconds of film. */
const PROBE_BYTES = 5_000_000n
const PROBE_MICROSECONDS = 5_000_000n
const MICROSECONDS = 1_000_000
/** Where the container says neither duration nor frames, packets are counted, at most these. */
const COUNTED_PACKETS = 2_000_000
/** A film may claim more, but nobody can be charged for it: ten days. */
const MAX_SECONDS = 864_000

export interface FilmProbe {
  readonly path: string
  readonly type: FilmType
  readonly extension: string
  readonly maxPixels: number
}

const seconds = (units: bigint, base: { num: number; den: number }): number =>
  units > 0n && base.den > 0 ? (Number(units) * base.num) / base.den : 0

/** A quarter turn by the display matrix (ISO/IEC 14496-12, section 8.5.2.1): the first row points up or down. */
function isTurned(stream: Stream): boolean {
  const matrix = stream.codecpar.getCodedSideData(AV_PKT_DATA_DISPLAYMATRIX)
  if (!matrix || matrix.length < 8) return false
  return Math.abs(matrix.readInt32LE(4)) > Math.abs(matrix.readInt32LE(0))
}

function videoStream(context: FormatContext): Stream | undefined {
  const index = context.findBestStream(AVMEDIA_TYPE_VIDEO)
  const found = context.streams.find((stream) => stream.index === index)
  return found?.hasDisposition(AV_DISPOSITION_ATTACHED_PIC) ? undefined : found
}

interface Length {
  readonly frames: number
  readonly durationSeconds: number
}

function countPackets(context: FormatContext, stream: Stream): Length {
  using packet = new Packet()
  packet.alloc()
  let frames = 0
  let first: bigint | undefined
  let last = 0n
  for (let count = 0; count < COUNTED_PACKETS && context.readFrameSync(packet) >= 0; count++) {
    if (packet.streamIndex === stream.index) {
      frames++
      first ??= packet.dts
      last = packet.dts + packet.duration
    }
    packet.unref()
  }
  const rate = stream.avgFrameRate
  const byTime = seconds(last - (first ?? 0n), stream.timeBase)
  const byRate = rate.num > 0 ? (frames * rate.den) / rate.num : 0
  return { frames, durationSeconds: byTime > 0 ? byTime : byRate }
}

function lengthOf(context: FormatContext, stream: Stream): Length {
  const whole = Number(context.duration) / MICROSECONDS
  const own = seconds(stream.duration, stream.timeBase)
  const durationSeconds = own > 0 ? own : whole
  if (!(durationSeconds > 0)) return countPackets(context, stream)
  const rate = stream.avgFrameRate
  const said = Number(stream.nbFrames)
  const frames = said > 0 ? said : rate.den > 0 ? Math.round((durationSeconds * rate.num) / rate.den) : 0
  return { frames, durationSeconds }
}

function judge(context: FormatContext, probe: FilmProbe): ProbeResult {
  const stream = videoStream(context)
  if (!stream) return refusal('MEDIA_NO_VIDEO', 'The film has no video track.')
  const codec = avGetCodecName(stream.codecpar.codecId) ?? 'unknown'
  if (!FILM_CODECS.has(codec)) return refusal('MEDIA_CODEC', `The film’s codec (${codec}) is not supported.`)
  const { width, height } = stream.codecpar
  if (width <= 0 || height <= 0) return refusal('MEDIA_UNREADABLE', 'The film has no frame size.')
  if (width * height > probe.maxPixels)
    return refusal('MEDIA_TOO_LARGE', 'The film’s frames have more pixels than allowed.')
  const { frames, durationSeconds } = lengthOf(context, stream)
  if (frames === 0 && !(durationSeconds > 0)) return refusal('MEDIA_TRUNCATED', 'The film holds no frame.')
  if (durationSeconds > MAX_SECONDS) return refusal('MEDIA_UNREADABLE', 'The film claims an absurd length.')
  const turned = isTurned(stream)
  return {
    verdict: 'film',
    extension: probe.extension,
    width: turned ? height : width,
    height: turned ? width : height,
    frames: Math.min(frames, Number.MAX_SAFE_INTEGER),
    durationSeconds,
  }
}

/** Displayed size, frames and duration of a film, or a refusal. Synchronous: only for a child process. */
export function probeFilm(probe: FilmProbe): ProbeResult {
  const unreadable = refusal('MEDIA_UNREADABLE', 'The film is damaged: its container cannot be read.')
  const format = InputFormat.findInputFormat(DEMUXERS[probe.type])
  const context = new FormatContext()
  using options = Dictionary.fromObject({
    protocol_whitelist: 'file',
    format_whitelist: DEMUXERS[probe.type],
  })
  context.allocContext()
  context.probesize = PROBE_BYTES
  context.maxAnalyzeDuration = PROBE_MICROSECONDS
  try {
    if (context.openInputSync(`file:${probe.path}`, format, options) < 0) return unreadable
    return context.findStreamInfoSync(null) < 0 ? unreadable : judge(context, probe)
  } finally {
    context.closeInputSync()
    context.freeContext()
  }
}
