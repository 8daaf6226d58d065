// Decides which films the GPU may decode and encode; any other is done on the CPU, and the report says why.

export const MEDIA_DEVICES = ['cpu', 'cuda'] as const
export type MediaDevice = (typeof MEDIA_DEVICES)[number]

/** What films are decoded and encoded on where the film itself allows it. */
export interface FilmDevices {
  readonly decode: MediaDevice
  readonly encode: MediaDevice
}

export const usesGpu = ({ decode, encode }: FilmDevices): boolean => decode === 'cuda' || encode === 'cuda'

export const ON_CPU: FilmDevices = { decode: 'cpu', encode: 'cpu' }

/**
 * Closed list: the reason is told to the user. `device`: this GPU does not decode such a film; `other pictures`: its
 * first picture was not the one that the CPU gives.
 */
export const WHY_NOT_ON_GPU = [
  'codec',
  'colour format',
  'fields',
  'size',
  'device',
  'other pictures',
] as const
export type WhyNotOnGpu = (typeof WHY_NOT_ON_GPU)[number]

/** `why` only where the GPU was asked for. */
export type DeviceVerdict =
  | { readonly on: 'cuda' }
  | { readonly on: 'cpu'; readonly why?: WhyNotOnGpu | undefined }

export interface DecodeQuestion {
  /** FFmpeg's names. */
  readonly codec: string
  readonly pixelFormat: string
  readonly interlaced: boolean
}

const EIGHT = ['yuv420p', 'yuvj420p']
const EIGHT_OR_TEN = [...EIGHT, 'yuv420p10le']

/**
 * Codecs of which every decoder must give the same samples, so that the first picture can be compared, with the
 * formats that NVDEC has on every card of the last years. MPEG-2, MPEG-4 and MJPEG leave the inverse transform's
 * rounding to the decoder.
 */
const DECODED: Readonly<Record<string, readonly string[]>> = {
  h264: EIGHT,
  hevc: EIGHT_OR_TEN,
  vp8: EIGHT,
  vp9: EIGHT_OR_TEN,
  av1: EIGHT_OR_TEN,
}

/** Whether it is worth trying; whether the card at hand can, its first picture shows. */
export function decideDecoder(asked: MediaDevice, film: DecodeQuestion): DeviceVerdict {
  if (asked === 'cpu') return { on: 'cpu' }
  const formats = DECODED[film.codec]
  if (!formats) return { on: 'cpu', why: 'codec' }
  if (!formats.includes(film.pixelFormat)) return { on: 'cpu', why: 'colour format' }
  return film.interlaced ? { on: 'cpu', why: 'fields' } : { on: 'cuda' }
}

export interface EncodeQuestion {
  readonly codec: string
  /** What is hidden in. */
  readonly format: string
  readonly interlaced: boolean
  readonly width: number
  readonly height: number
}

/** What NVENC is given for each format that is hidden in; 4:2:2 and 4:4:4 depend on the card and stay on the CPU. */
const GIVEN: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  h264: { yuv420p: 'yuv420p', nv12: 'nv12' },
  hevc: { yuv420p: 'yuv420p', nv12: 'nv12', yuv420p10le: 'p010le' },
}
/** Of the first cards with either codec; newer ones go further. */
const LONGEST_SIDE: Readonly<Record<string, number>> = { h264: 4096, hevc: 8192 }
/** The largest of the least sizes of any card, rounded up; a smaller film costs the CPU next to nothing. */
const SHORTEST_SIDE = 160

/** `given`: the format to hand to NVENC. */
export function decideEncoder(
  asked: MediaDevice,
  film: EncodeQuestion,
): { readonly on: 'cuda'; readonly given: string } | Extract<DeviceVerdict, { readonly on: 'cpu' }> {
  if (asked === 'cpu') return { on: 'cpu' }
  const formats = GIVEN[film.codec]
  if (!formats) return { on: 'cpu', why: 'codec' }
  const given = formats[film.format]
  if (given === undefined) return { on: 'cpu', why: 'colour format' }
  // Cards since Turing have no field coding.
  if (film.interlaced) return { on: 'cpu', why: 'fields' }
  const [shorter, longer] = [Math.min(film.width, film.height), Math.max(film.width, film.height)]
  if (shorter < SHORTEST_SIDE || longer > (LONGEST_SIDE[film.codec] ?? 0)) return { on: 'cpu', why: 'size' }
  return { on: 'cuda', given }
}
