// Brings pictures of any size and format into one size and format, in a buffer that is used again and again.
import {
  AV_FRAME_FLAG_INTERLACED,
  AVCOL_RANGE_JPEG,
  AVCOL_RANGE_MPEG,
  AVCOL_SPC_RGB,
  AVCOL_SPC_SMPTE170M,
  type AVColorRange,
  type AVColorSpace,
} from 'node-av/constants'
import { Frame, SoftwareScaleContext } from 'node-av/lib'
import { PermanentFailure } from '#runtime/failure.ts'
import { check } from './media-error.ts'
import { pixelFormatOf } from './pixel-format.ts'
import type { RgbRows, Size } from './pure/rotation.ts'

export interface ScaledPictures extends Disposable {
  /** The one target picture, filled from `source`; valid until the next call. */
  scale(source: Frame): Frame
  /** The same as the bytes of the first plane with all of its room, black where there is no picture. */
  scaleRows(source: Frame): RgbRows
}

export interface ScaleTo extends Size {
  /** FFmpeg's name. */
  readonly format: string
  /** `area` averages all source pixels (best for shrinking), `bicubic` is for pictures that are shown. */
  readonly filter: 'area' | 'bicubic'
  /** Makes the buffer larger than the picture, without gaps between rows: room to the right and below. */
  readonly room?: Size
}

/** @throws {PermanentFailure} MEDIA_UNREADABLE where a picture cannot be converted */
export function scaledPictures(to: ScaleTo): ScaledPictures {
  const scaler = new SoftwareScaleContext()
  const target = new Frame()
  scaler.allocContext()
  check(scaler.setOption('sws_flags', to.filter), 'INTERNAL', 'choosing the scaler')
  const rows = makeRoom(target, to)
  const scale = (source: Frame): Frame => {
    const told = coloursAfter(source, to.format)
    target.colorSpace = told.space
    target.colorRange = told.range
    // The same on both sides: else every colour is mapped between gamuts, at many times the cost.
    target.colorPrimaries = source.colorPrimaries
    target.colorTrc = source.colorTrc
    if (!to.room) check(target.makeWritable(), 'WORKER_MEMORY', 'making room for a picture')
    // The scaler refuses pairs of which one is interlaced; both fields are taken as one picture.
    const interlaced = source.hasFlags(AV_FRAME_FLAG_INTERLACED)
    if (interlaced) source.clearFlags(AV_FRAME_FLAG_INTERLACED)
    target.clearFlags(AV_FRAME_FLAG_INTERLACED)
    const scaled = scaler.scaleFrameSync(target, source)
    if (interlaced) source.setFlags(AV_FRAME_FLAG_INTERLACED)
    check(scaled, 'MEDIA_UNREADABLE', 'converting a picture')
    return target
  }
  return {
    scale,
    scaleRows(source) {
      scale(source)
      return rows
    },
    [Symbol.dispose]() {
      target.free()
      scaler.freeContext()
    },
  }
}

function makeRoom(target: Frame, to: ScaleTo): RgbRows {
  target.alloc()
  target.width = to.room?.width ?? to.width
  target.height = to.room?.height ?? to.height
  target.format = pixelFormatOf(to.format)
  check(target.getBuffer(to.room ? 1 : 0), 'WORKER_MEMORY', 'making room for a picture')
  const data = target.data?.[0]
  const stride = target.linesize[0]
  if (!data || stride === undefined) throw new PermanentFailure('WORKER_MEMORY', 'no room for a picture')
  if (to.room) data.fill(0)
  target.width = to.width
  target.height = to.height
  return { data, stride }
}

/** What a picture's colours are called after conversion: YUV stays what it was, RGB becomes what SD video is. */
export function coloursAfter(source: Frame, format: string): { space: AVColorSpace; range: AVColorRange } {
  if (format.startsWith('rgb')) return { space: AVCOL_SPC_RGB, range: AVCOL_RANGE_JPEG }
  if (source.colorSpace === AVCOL_SPC_RGB) return { space: AVCOL_SPC_SMPTE170M, range: AVCOL_RANGE_MPEG }
  return { space: source.colorSpace, range: source.colorRange }
}
