// Encodes pictures at exactly their own times and gives packets with exactly their durations.
import {
  AV_CODEC_FLAG_BITEXACT,
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_CODEC_FLAG_INTERLACED_DCT,
  AV_CODEC_FLAG_INTERLACED_ME,
  AV_NOPTS_VALUE,
  AV_PICTURE_TYPE_NONE,
  AVCOL_SPC_RGB,
  AVCOL_SPC_SMPTE170M,
  FF_ENCODER_H264_NVENC,
  FF_ENCODER_HEVC_NVENC,
  FF_ENCODER_LIBVPX_VP9,
  FF_ENCODER_LIBX264,
  FF_ENCODER_LIBX265,
} from 'node-av/constants'
import { Codec, CodecContext, type Frame, type HardwareDeviceContext, Packet, Rational } from 'node-av/lib'
import { PermanentFailure } from '#runtime/failure.ts'
import type { FailureCode } from '#schemas/failure-codes.ts'
import type { FilmFacts } from './inspect-film.ts'
import { check, isDrained } from './media-error.ts'
import { pixelFormatOf } from './pixel-format.ts'
import type { ContainerRules } from './pure/container.ts'
import { isOnGpu, type VideoEncoding } from './pure/video-encoding.ts'
import { scaledPictures } from './scaled-picture.ts'

export interface VideoEncoder extends Disposable {
  readonly context: CodecContext
  /** Encodes a picture shown at `pts` for `duration` ticks; null ends. Yields borrowed packets in decoding order. */
  encode(frame: Frame | null, pts: bigint, duration: bigint): Generator<Packet>
}

const ENCODERS = {
  libx264: FF_ENCODER_LIBX264,
  libx265: FF_ENCODER_LIBX265,
  'libvpx-vp9': FF_ENCODER_LIBVPX_VP9,
  h264_nvenc: FF_ENCODER_H264_NVENC,
  hevc_nvenc: FF_ENCODER_HEVC_NVENC,
} as const

/** What an encoder works with. */
export interface EncoderMeans {
  readonly threads: number
  /** Must be given where the encoding is one of the GPU. */
  readonly gpu?: HardwareDeviceContext | undefined
}

/** @throws {PermanentFailure} RENDER_FAILED, GPU_NOT_AVAILABLE, also from `encode` */
export function openEncoder(
  facts: FilmFacts,
  encoding: VideoEncoding,
  rules: ContainerRules,
  { threads, gpu }: EncoderMeans,
): VideoEncoder {
  const failure = isOnGpu(encoding) ? 'GPU_NOT_AVAILABLE' : 'RENDER_FAILED'
  const codec = Codec.findEncoderByName(ENCODERS[encoding.encoder])
  if (!codec) throw new PermanentFailure('RENDER_FAILED', `no encoder ${encoding.encoder}`)
  const context = new CodecContext()
  context.allocContext3(codec)
  try {
    describePictures(context, facts, encoding)
    if (isOnGpu(encoding)) {
      if (!gpu) throw new PermanentFailure(failure, 'no GPU was opened')
      context.hwDeviceCtx = gpu
    } else context.threadCount = threads
    context.setFlags(AV_CODEC_FLAG_BITEXACT)
    if (rules.globalHeader) context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER)
    if (encoding.interlaced) context.setFlags(AV_CODEC_FLAG_INTERLACED_DCT, AV_CODEC_FLAG_INTERLACED_ME)
    // Options go in one by one: a dictionary given to open2Sync is freed there and again by its owner.
    for (const [name, value] of Object.entries(encoding.options))
      check(context.setOption(name, value), 'RENDER_FAILED', `setting ${name}`)
    check(context.open2Sync(codec), 'RENDER_FAILED', 'opening the encoder')
  } catch (error) {
    context.freeContext()
    throw error
  }
  return encoderOf(context, encoding, failure)
}

function describePictures(context: CodecContext, facts: FilmFacts, encoding: VideoEncoding): void {
  const { stored, timeBase, frameRate, sampleAspect, colours } = facts
  context.width = stored.width
  context.height = stored.height
  context.pixelFormat = pixelFormatOf(encoding.given ?? encoding.format)
  context.timeBase = new Rational(timeBase.num, timeBase.den)
  if (frameRate.num > 0 && frameRate.den > 0) context.framerate = new Rational(frameRate.num, frameRate.den)
  if (sampleAspect.num > 0) context.sampleAspectRatio = new Rational(sampleAspect.num, sampleAspect.den)
  context.colorRange = colours.range
  context.colorPrimaries = colours.primaries
  context.colorTrc = colours.transfer
  context.colorSpace = colours.space === AVCOL_SPC_RGB ? AVCOL_SPC_SMPTE170M : colours.space
  context.chromaLocation = colours.chroma
}

function encoderOf(context: CodecContext, encoding: VideoEncoding, failure: FailureCode): VideoEncoder {
  const packet = new Packet()
  packet.alloc()
  /** Durations of pictures on their way through the encoder, by time: never more than its delay. */
  const durations = new Map<bigint, bigint>()
  const { given } = encoding
  const { width, height } = context
  const converted =
    given === undefined ? undefined : scaledPictures({ width, height, format: given, filter: 'bicubic' })
  return {
    context,
    *encode(picture, pts, duration) {
      const frame = picture && (converted?.scale(picture) ?? picture)
      if (frame) {
        frame.pts = pts
        frame.pictType = AV_PICTURE_TYPE_NONE
        durations.set(pts, duration)
      }
      check(context.sendFrameSync(frame), failure, 'encoding a picture')
      for (;;) {
        const received = context.receivePacketSync(packet)
        if (isDrained(received)) return
        check(received, failure, 'encoding a picture')
        if (packet.dts === AV_NOPTS_VALUE) packet.dts = packet.pts
        packet.duration = durations.get(packet.pts) ?? packet.duration
        durations.delete(packet.pts)
        yield packet
        packet.unref()
      }
    },
    [Symbol.dispose]() {
      converted?.[Symbol.dispose]()
      packet.free()
      context.freeContext()
    },
  }
}
