// Opens NVDEC for a film and brings each picture down into memory, where the rest of the film path works.
import {
  AV_PIX_FMT_CUDA,
  AVERROR_ENOMEM,
  AVERROR_EXTERNAL,
  AVERROR_UNKNOWN,
  FF_DECODER_AV1,
  FF_DECODER_H264,
  FF_DECODER_HEVC,
  FF_DECODER_VP8,
  FF_DECODER_VP9,
  type FFVideoDecoder,
} from 'node-av/constants'
import { Codec, Frame, type HardwareDeviceContext } from 'node-av/lib'
import { PermanentFailure } from '#runtime/failure.ts'
import { check } from './media-error.ts'
import { type CodedVideo, openCodec, type PictureDecoder } from './open-decoder.ts'

/** The decoders of FFmpeg that have a way to NVDEC; the one that it prefers for AV1 has none. */
const DECODERS: Readonly<Record<string, FFVideoDecoder>> = {
  h264: FF_DECODER_H264,
  hevc: FF_DECODER_HEVC,
  vp8: FF_DECODER_VP8,
  vp9: FF_DECODER_VP9,
  av1: FF_DECODER_AV1,
}

/** What FFmpeg answers when CUDA or the driver fails; a damaged film has other codes. */
const DEVICE_ERRORS: ReadonlySet<number> = new Set([AVERROR_EXTERNAL, AVERROR_UNKNOWN, AVERROR_ENOMEM])

/**
 * Pictures come as NV12 or P010. Where the card does not decode this film, FFmpeg does it in memory, and they come in
 * the film's own format: `isFromGpu` tells.
 * @throws {PermanentFailure} MEDIA_CODEC, MEDIA_TOO_LARGE, MEDIA_UNREADABLE; GPU_NOT_AVAILABLE, also from its methods,
 * when the GPU fails
 */
export function openGpuDecoder(film: CodedVideo, gpu: HardwareDeviceContext): PictureDecoder {
  const name = DECODERS[film.videoCodec]
  const decoder = openCodec(film, name === undefined ? null : Codec.findDecoderByName(name), (context) => {
    context.hwDeviceCtx = gpu
    context.setHardwarePixelFormat(AV_PIX_FMT_CUDA)
    context.threadCount = 1
    // On the GPU FFmpeg cuts at the right and below only.
    context.setOption('apply_cropping', 0)
  })
  const surface = new Frame()
  surface.alloc()
  return {
    sendPacketSync: (packet) => requireAlive(decoder.sendPacketSync(packet)),
    receiveFrameSync(frame) {
      const received = requireAlive(decoder.receiveFrameSync(surface))
      if (received < 0) return received
      if (surface.isHwFrame()) {
        check(surface.hwframeTransferDataSync(frame), 'GPU_NOT_AVAILABLE', 'bringing a picture down')
        check(frame.copyProps(surface), 'WORKER_MEMORY', 'bringing a picture down')
      } else check(frame.ref(surface), 'WORKER_MEMORY', 'keeping a picture')
      surface.unref()
      check(frame.applyCropping(0), 'MEDIA_UNREADABLE', 'cropping a picture')
      return received
    },
    [Symbol.dispose]() {
      surface.free()
      decoder.freeContext()
    },
  }
}

/** The decoders in memory of these codecs give neither. */
export const isFromGpu = (pixelFormat: string): boolean => pixelFormat === 'nv12' || pixelFormat === 'p010le'

/** @throws {PermanentFailure} GPU_NOT_AVAILABLE */
function requireAlive(result: number): number {
  if (DEVICE_ERRORS.has(result))
    throw new PermanentFailure('GPU_NOT_AVAILABLE', 'The GPU failed while it decoded a film.')
  return result
}
