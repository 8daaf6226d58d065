// A region of a picture or film frame as floats of brightness and colour, and the way back into the planes it came from.
import type { Box } from '#schemas/detection-document.ts'
import type { Plane } from '../hide/plane.ts'
import { unwritten } from './pure/plane-room.ts'

/** The planes of one picture. `peak`: the largest sample: 255, 1023, 65535. */
export interface Canvas {
  readonly planes: readonly Plane[]
  readonly colours: 'grey' | 'rgb' | 'ycbcr'
  readonly peak: number
  /** Full-size pixels. */
  readonly width: number
  readonly height: number
}

/** A rectangle of full-size pixels, read with `step` pixels to a patch pixel. May reach over the picture's edges. */
export interface PatchPlace {
  readonly left: number
  readonly top: number
  readonly step: number
  /** Patch pixels. */
  readonly width: number
  readonly height: number
}

/** Brightness 0..255; the colour differences Cb and Cr of BT.601 around 0, none where the picture is grey. */
export interface Patch {
  readonly place: PatchPlace
  readonly luma: Float32Array
  readonly chroma: readonly Float32Array[]
}

/** What is laid over: new = (1 - cover) x old + value, in the space of a patch, `value` already multiplied by cover. */
export interface Overlay {
  readonly place: PatchPlace
  readonly cover: Float32Array
  readonly luma: Float32Array
  readonly chroma: readonly Float32Array[]
}

/** The square of `sidePx` around a centre, with at most `most` patch pixels along a side. */
export const placeAround = (cx: number, cy: number, sidePx: number, most: number): PatchPlace =>
  placeOver([cx - sidePx / 2, cy - sidePx / 2, cx + sidePx / 2, cy + sidePx / 2], most)

/** Holds the box, in full-size pixels, with at most `most` patch pixels along its longer side. */
export function placeOver([x1, y1, x2, y2]: Box, most: number): PatchPlace {
  const step = Math.max(1, Math.ceil(Math.max(x2 - x1, y2 - y1) / most))
  const pixels = (length: number): number => Math.max(8, Math.ceil(length / step))
  const [width, height] = [pixels(x2 - x1), pixels(y2 - y1)]
  const from = (a: number, b: number, length: number): number => Math.floor((a + b) / 2 - (length * step) / 2)
  return { left: from(x1, x2, width), top: from(y1, y2, height), step, width, height }
}

/** Samples beyond the picture's edge repeat the edge. */
export function readPatch(canvas: Canvas, place: PatchPlace): Patch {
  const scale = 255 / canvas.peak
  const middle = (index: number): number => (canvas.colours === 'ycbcr' && index > 0 ? 128 : 0)
  const samples = canvas.planes.map((plane, i) => readPlane(plane, place, scale, middle(i)))
  const [first = new Float32Array(), second, third] = samples
  if (!second || !third || canvas.colours === 'grey') return { place, luma: first, chroma: [] }
  if (canvas.colours === 'rgb') return { place, ...fromRgb(first, second, third) }
  return { place, luma: first, chroma: [second, third] }
}

/** Sample times `scale`, less `middle`. */
function readPlane(plane: Plane, place: PatchPlace, scale: number, middle: number): Float32Array {
  const { data, offset, stride, step: jump, width, height, xShift, yShift } = plane
  const { left, top, step } = place
  const out = unwritten(place.width * place.height)
  if (step === 1) return readSamples(plane, place, { scale, middle, out })
  const clip = (value: number, size: number): number => (value < 0 ? 0 : value >= size ? size - 1 : value)
  for (let j = 0; j < place.height; j++) {
    const y1 = clip((top + j * step) >> yShift, height)
    const y2 = clip((top + j * step + step - 1) >> yShift, height)
    for (let i = 0; i < place.width; i++) {
      const x1 = clip((left + i * step) >> xShift, width)
      const x2 = clip((left + i * step + step - 1) >> xShift, width)
      let sum = 0
      for (let y = y1; y <= y2; y++)
        for (let x = x1; x <= x2; x++) sum += data[offset + y * stride + x * jump] ?? 0
      out[j * place.width + i] = (sum * scale) / ((x2 - x1 + 1) * (y2 - y1 + 1)) - middle
    }
  }
  return out
}

/** One sample for each patch pixel: nothing to average. */
function readSamples(
  { data, offset, stride, step, width, height, xShift, yShift }: Plane,
  place: PatchPlace,
  { scale, middle, out }: { readonly scale: number; readonly middle: number; readonly out: Float32Array },
): Float32Array {
  const columns = new Int32Array(place.width)
  for (let i = 0; i < columns.length; i++)
    columns[i] = Math.min(width - 1, Math.max(0, (place.left + i) >> xShift)) * step
  for (let j = 0, to = 0; j < place.height; j++) {
    const row = offset + Math.min(height - 1, Math.max(0, (place.top + j) >> yShift)) * stride
    for (let i = 0; i < columns.length; i++, to++)
      out[to] = (data[row + (columns[i] ?? 0)] ?? 0) * scale - middle
  }
  return out
}

/** The mean colour of `step` x `step` pixels at a place in full-size pixels; beyond the edge that of the edge. */
export function sampleAt(canvas: Canvas, x: number, y: number, step: number): readonly number[] {
  const from = (value: number): number => Math.floor(value - (step - 1) / 2)
  const { luma, chroma } = readPatch(canvas, { left: from(x), top: from(y), step, width: 1, height: 1 })
  return [luma, ...chroma].map((plane) => plane[0] ?? 0)
}

function fromRgb(red: Float32Array, green: Float32Array, blue: Float32Array): Omit<Patch, 'place'> {
  const luma = unwritten(red.length)
  const cb = unwritten(red.length)
  const cr = unwritten(red.length)
  for (let i = 0; i < red.length; i++) {
    const r = red[i] ?? 0
    const g = green[i] ?? 0
    const b = blue[i] ?? 0
    const y = 0.299 * r + 0.587 * g + 0.114 * b
    luma[i] = y
    cb[i] = (b - y) * 0.564
    cr[i] = (r - y) * 0.713
  }
  return { luma, chroma: [cb, cr] }
}

/** Where an overlay covers wholly, no sample keeps its old value by chance. */
const WHOLE = 0.999
const SEEN = 1 / 512

/** Lays an overlay over the planes, in place, within its own square and nowhere else. */
export function writeOverlay(canvas: Canvas, overlay: Overlay): void {
  canvas.planes.forEach((plane, index) => {
    const parts = partsFor(canvas, overlay, index)
    const isPixelForPixel = overlay.place.step === 1 && plane.xShift === 0 && plane.yShift === 0
    const write = isPixelForPixel ? writeSamples : writeBetween
    write(plane, overlay, parts, canvas.peak)
  })
}

/** What a plane gets, in 0..255: first + byBlue x Cb + byRed x Cr + middle x cover. Linear, so that cover stays a factor. */
interface Parts {
  readonly first: Float32Array | undefined
  readonly blue: Float32Array
  readonly byBlue: number
  readonly red: Float32Array
  readonly byRed: number
  readonly middle: number
}

function partsFor({ colours }: Canvas, { luma, chroma }: Overlay, plane: number): Parts {
  const [blue, red] = chroma
  const parts = { first: luma, blue: blue ?? luma, byBlue: 0, red: red ?? luma, byRed: 0, middle: 0 }
  if (colours === 'grey' || !blue || !red) return parts
  if (colours === 'ycbcr') {
    if (plane === 0) return parts
    return {
      ...parts,
      first: undefined,
      byBlue: plane === 1 ? 1 : 0,
      byRed: plane === 1 ? 0 : 1,
      middle: 128,
    }
  }
  if (plane === 0) return { ...parts, byRed: 1 / 0.713 }
  return plane === 1 ? { ...parts, byBlue: -0.344, byRed: -0.714 } : { ...parts, byBlue: 1 / 0.564 }
}

/** Each sample is a patch pixel. */
function writeSamples(
  { data, offset, stride, step, width, height }: Plane,
  { place, cover }: Overlay,
  parts: Parts,
  peak: number,
): void {
  const values = mixedParts(parts, cover)
  const { left, top } = place
  const [x1, x2] = [Math.max(0, left), Math.min(width, left + place.width)]
  const [y1, y2] = [Math.max(0, top), Math.min(height, top + place.height)]
  for (let y = y1; y < y2; y++) {
    const from = (y - top) * place.width + x1 - left
    const to = offset + y * stride + x1 * step
    layRow({ data, step, peak }, to, { cover, values, from, end: from + x2 - x1 })
  }
}

function layRow(
  { data, step, peak }: Pick<Plane, 'data' | 'step'> & { readonly peak: number },
  to: number,
  row: {
    readonly cover: Float32Array
    readonly values: Float32Array
    readonly from: number
    readonly end: number
  },
): void {
  const { cover, values, end } = row
  const scale = peak / 255
  for (let at = row.from, target = to; at < end; at++, target += step) {
    const a = cover[at] ?? 0
    if (a >= SEEN) data[target] = laid(data[target] ?? 0, a, (values[at] ?? 0) * scale, peak)
  }
}

/** Samples lie between patch pixels: both sides are read bilinearly. */
function writeBetween(plane: Plane, { place, cover }: Overlay, parts: Parts, peak: number): void {
  const { data, offset, stride, step: jump, xShift, yShift } = plane
  const wide = place.width
  const value = mixedParts(parts, cover)
  const scale = peak / 255
  const columns = between(place.left, place, wide, { shift: xShift, samples: plane.width })
  const rows = between(place.top, place, place.height, { shift: yShift, samples: plane.height })
  for (let j = 0; j < rows.at.length; j++) {
    const v = rows.at[j] ?? 0
    const row = (v | 0) * wide
    const down = v - (v | 0)
    let target = offset + (rows.first + j) * stride + columns.first * jump
    for (let i = 0; i < columns.at.length; i++, target += jump) {
      const u = columns.at[i] ?? 0
      const along = u - (u | 0)
      const at = row + (u | 0)
      const a =
        (1 - down) * ((1 - along) * (cover[at] ?? 0) + along * (cover[at + 1] ?? 0)) +
        down * ((1 - along) * (cover[at + wide] ?? 0) + along * (cover[at + wide + 1] ?? 0))
      if (a < SEEN) continue
      const b =
        (1 - down) * ((1 - along) * (value[at] ?? 0) + along * (value[at + 1] ?? 0)) +
        down * ((1 - along) * (value[at + wide] ?? 0) + along * (value[at + wide + 1] ?? 0))
      data[target] = laid(data[target] ?? 0, a, b * scale, peak)
    }
  }
}

/** Where the samples that a patch reaches lie between its pixels, along one axis, from the first such sample on. */
function between(
  from: number,
  { step }: PatchPlace,
  pixels: number,
  { shift, samples }: { readonly shift: number; readonly samples: number },
): { readonly first: number; readonly at: Float64Array } {
  const first = Math.max(0, from >> shift)
  const count = Math.max(0, Math.min(samples, (from + pixels * step) >> shift) - first)
  const at = Float64Array.from({ length: count }, (_, i) =>
    Math.min(Math.max(((first + i + 0.5) * (1 << shift) - from) / step - 0.5, 0), pixels - 1.001),
  )
  return { first, at }
}

function mixedParts({ first, blue, byBlue, red, byRed, middle }: Parts, cover: Float32Array): Float32Array {
  if (first && byBlue === 0 && byRed === 0) return first
  const out = unwritten(cover.length)
  if (first) out.set(first)
  else out.fill(0)
  for (let i = 0; i < out.length; i++)
    out[i] = (out[i] ?? 0) + byBlue * (blue[i] ?? 0) + byRed * (red[i] ?? 0) + middle * (cover[i] ?? 0)
  return out
}

/** The sample under a cover of `a`; where that is whole, it never keeps its old value by chance. */
function laid(old: number, a: number, value: number, peak: number): number {
  const mixed = (1 - a) * old + value
  const fresh = mixed < 0 ? 0 : mixed > peak ? peak : (mixed + 0.5) | 0
  if (a > WHOLE && fresh === old) return old > 0 ? old - 1 : 1
  return fresh
}
