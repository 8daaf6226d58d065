// Chooses how a film’s pictures are encoded: from the container and the depth and size of its pictures.
import type { ContainerRules } from './container.ts'
import { decideEncoder, type MediaDevice, type WhyNotOnGpu } from './gpu-choice.ts'
import { pixelLayout } from './pixel-layout.ts'

export interface PictureFacts {
  /** The format the pictures are hidden in. */
  readonly format: string
  readonly width: number
  readonly height: number
  readonly interlaced: boolean
  /** When the film's clock starts, in seconds. */
  readonly startSeconds: number
}

export interface VideoEncoding {
  readonly encoder: 'libx264' | 'libx265' | 'libvpx-vp9' | 'h264_nvenc' | 'hevc_nvenc'
  readonly codec: 'h264' | 'hevc' | 'vp9'
  /** What is hidden in; differs from the pictures' own format only where the codec cannot hold that one. */
  readonly format: string
  /** What the encoder is given, where that is another format with the same samples. */
  readonly given?: string
  readonly options: Readonly<Record<string, string>>
  /** Four letters that players of the container want; undefined: the container’s own choice. */
  readonly tag?: string
  /** Fields are coded as fields; false also where the codec cannot do that. */
  readonly interlaced: boolean
  /** Why not on the GPU, where that was asked for. */
  readonly notOnGpu?: WhyNotOnGpu
}

export interface EncodingQuality {
  /** x264’s preset. */
  readonly preset: string
  /** x264’s constant rate factor. */
  readonly crf: number
}
export const USUAL_QUALITY: EncodingQuality = { preset: 'veryfast', crf: 23 }

/**
 * H.264 wherever the container allows it, HEVC for 10 bit (10-bit H.264 plays nearly nowhere), VP9 in WebM. Measured
 * at 608x1080, CPU-ms a frame: x264 veryfast 14, x265 veryfast 36 and superfast 22, VP9 realtime 16, VP8 48.
 */
export function videoEncoding(
  rules: ContainerRules,
  picture: PictureFacts,
  quality: EncodingQuality = USUAL_QUALITY,
  device: MediaDevice = 'cpu',
): VideoEncoding {
  const encoding = onCpu(rules, picture, quality)
  const { codec, format, interlaced } = encoding
  const { width, height } = picture
  const verdict = decideEncoder(device, { codec, format, interlaced, width, height })
  if (verdict.on === 'cpu') return verdict.why ? { ...encoding, notOnGpu: verdict.why } : encoding
  return onGpu(encoding, verdict.given, quality)
}

function onCpu(rules: ContainerRules, picture: PictureFacts, quality: EncodingQuality): VideoEncoding {
  if (rules.container === 'webm') return vp9(picture, quality)
  const deep = pixelLayout(picture.format)?.bits === 10
  return deep && rules.container !== 'avi' ? hevc(rules, picture, quality) : h264(rules, picture, quality)
}

/** NVENC's presets by x264's. */
const NVENC_PRESETS: Readonly<Record<string, string>> = {
  ...{ ultrafast: 'p1', superfast: 'p2', veryfast: 'p3', faster: 'p4', fast: 'p4' },
  ...{ medium: 'p5', slow: 'p6', slower: 'p7', veryslow: 'p7', placebo: 'p7' },
}

/**
 * The same codec by NVENC, at a constant quality by the same number. No B-frames: pictures come out in the order shown,
 * every key frame is a refresh, and cards that have none for HEVC take part.
 */
function onGpu(cpu: VideoEncoding, given: string, { preset, crf }: EncodingQuality): VideoEncoding {
  const isHevc = cpu.codec === 'hevc'
  return {
    ...cpu,
    encoder: isHevc ? 'hevc_nvenc' : 'h264_nvenc',
    ...(given === cpu.format ? {} : { given }),
    options: {
      preset: NVENC_PRESETS[preset] ?? 'p4',
      ...{ tune: 'hq', rc: 'vbr', cq: String(isHevc ? crf + HEVC_CRF_MORE : crf), b: '0', bf: '0' },
      ...WITHOUT_CAPTIONS,
    },
  }
}

export const isOnGpu = ({ encoder }: VideoEncoding): boolean => encoder.endsWith('_nvenc')

/** Captions that lie in the old film's pictures are its user data, which stays behind (docs/decisions/0008); x265 leaves them by itself. */
const WITHOUT_CAPTIONS = { a53cc: '0' } as const

function h264(rules: ContainerRules, picture: PictureFacts, quality: EncodingQuality): VideoEncoding {
  const { preset, crf } = quality
  const options = {
    preset,
    crf: String(crf),
    ...WITHOUT_CAPTIONS,
    ...(mayReorder(rules, picture) ? {} : { bf: '0' }),
  }
  const interlaced = picture.interlaced && picture.format !== 'gray'
  return { encoder: 'libx264', codec: 'h264', format: evenOrFull(picture), options, interlaced }
}

function hevc(rules: ContainerRules, picture: PictureFacts, quality: EncodingQuality): VideoEncoding {
  const isMov = rules.container === 'mp4' || rules.container === 'mov'
  return {
    encoder: 'libx265',
    codec: 'hevc',
    format: evenOrFull(picture),
    options: {
      preset: quality.preset === 'veryfast' ? 'superfast' : quality.preset,
      crf: String(quality.crf + HEVC_CRF_MORE),
      'x265-params': `log-level=none${mayReorder(rules, picture) ? '' : ':bframes=0'}`,
    },
    ...(isMov ? { tag: 'hvc1' } : {}),
    interlaced: false,
  }
}

/** A transport stream holds no negative decoding time: a film that starts with its clock has no room for reordering. */
const mayReorder = (rules: ContainerRules, picture: PictureFacts): boolean =>
  rules.reorders && (rules.container !== 'mpegts' || picture.startSeconds >= ROOM_FOR_REORDERING_SECONDS)

const ROOM_FOR_REORDERING_SECONDS = 1

/** x265 reaches x264’s quality at a rate factor higher by about this. */
const HEVC_CRF_MORE = 2
/** libvpx counts 0 to 63 where x264 counts 0 to 51. */
const VPX_CRF_FACTOR = 1.2

function vp9(picture: PictureFacts, quality: EncodingQuality): VideoEncoding {
  const colour = picture.format.replace('gray', 'yuv420p')
  return {
    encoder: 'libvpx-vp9',
    codec: 'vp9',
    format: colour === 'nv12' ? 'yuv420p' : colour,
    options: {
      deadline: 'realtime',
      'cpu-used': '7',
      'row-mt': '1',
      'auto-alt-ref': '0',
      'lag-in-frames': '0',
      crf: String(Math.min(63, Math.round(quality.crf * VPX_CRF_FACTOR))),
      b: '0',
    },
    interlaced: false,
  }
}

/** x264 and x265 hold odd sizes only without halved colour planes. */
function evenOrFull({ format, width, height }: PictureFacts): string {
  const layout = pixelLayout(format)
  const halved = (at: 'xShift' | 'yShift'): boolean => layout?.planes.some((plane) => plane[at] > 0) ?? false
  const odd = (width % 2 === 1 && halved('xShift')) || (height % 2 === 1 && halved('yShift'))
  if (!odd) return format
  return layout?.bits === 10 ? 'yuv444p10le' : 'yuv444p'
}
