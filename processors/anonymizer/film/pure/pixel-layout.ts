// Knows how the samples of a frame lie in memory for each format that is hidden in, and which of them any other becomes.

export interface PlaneLayout {
  /** Index of FFmpeg’s data pointer. */
  readonly index: number
  /** Samples between two samples of the same component. */
  readonly step: number
  /** Samples before the first. */
  readonly first: number
  readonly xShift: number
  readonly yShift: number
}

export interface PixelLayout {
  readonly name: string
  /** Bits of a sample; above 8 it takes two bytes. */
  readonly bits: 8 | 10
  readonly planes: readonly PlaneLayout[]
}

const plane = (index: number, xShift: number, yShift: number, step = 1, first = 0): PlaneLayout => ({
  index,
  step,
  first,
  xShift,
  yShift,
})
const planar = (xShift: number, yShift: number): readonly PlaneLayout[] => [
  plane(0, 0, 0),
  plane(1, xShift, yShift),
  plane(2, xShift, yShift),
]

const PLANES: readonly (readonly [string, 8 | 10, readonly PlaneLayout[]])[] = [
  ['yuv420p', 8, planar(1, 1)],
  ['yuv422p', 8, planar(1, 0)],
  ['yuv444p', 8, planar(0, 0)],
  ['nv12', 8, [plane(0, 0, 0), plane(1, 1, 1, 2, 0), plane(1, 1, 1, 2, 1)]],
  ['gray', 8, [plane(0, 0, 0)]],
  ['yuv420p10le', 10, planar(1, 1)],
  ['yuv422p10le', 10, planar(1, 0)],
  ['yuv444p10le', 10, planar(0, 0)],
  ['gray10le', 10, [plane(0, 0, 0)]],
]
const LAYOUTS: ReadonlyMap<string, PixelLayout> = new Map(
  PLANES.map(([name, bits, planes]) => [name, { name, bits, planes }]),
)

export const pixelLayout = (format: string): PixelLayout | undefined => LAYOUTS.get(format)

/** FFmpeg’s old names for full-range formats: the same samples, the range told by the name instead of a tag. */
export const isFullRangeName = (format: string): boolean => format.startsWith('yuvj')

/** The name of the same samples without the range in it. */
export const plainName = (format: string): string =>
  isFullRangeName(format) ? format.replace('yuvj', 'yuv') : format

/**
 * The format that a decoded one is hidden and encoded in: the same where we can, else the nearest with no more
 * than 10 bits and without transparency.
 */
export function workingFormat(decoded: string): string {
  const name = plainName(decoded)
  if (LAYOUTS.has(name)) return name
  const deep = /(9|1[0-6])(le|be)$|^(rgb48|rgba64|bgr48|bgra64|p01|p21|p41|v30|v210|y21|x2)/.test(name)
  const suffix = deep ? '10le' : ''
  if (/^(gray|ya|mono)/.test(name)) return `gray${suffix}`
  if (/^yuva?444|^yuv440|^(nv24|nv42|p41)/.test(name)) return `yuv444p${suffix}`
  if (/^yuva?422|^(nv16|nv20|p21|yuyv422|uyvy422|yvyu422|y21|v210)/.test(name)) return `yuv422p${suffix}`
  return `yuv420p${suffix}`
}
