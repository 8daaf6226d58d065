// A region of a picture or film frame as floats of brightness and colour, and the way back into the planes it came from.
import type { Plane } from '../hide/plane.ts'

/** The planes of one picture. `peak`: the largest sample: 255, 1023, 65535. */
export interface Canvas {
  readonly planes: readonly Plane[]
  readonly colours: 'grey' | 'rgb' | 'ycbcr'
  readonly peak: number
  /** Full-size pixels. */
  readonly width: number
  readonly height: number
}

/** A square of full-size pixels, read with `step` pixels to a patch pixel. May reach over the picture's edges. */
export interface PatchPlace {
  readonly left: number
  readonly top: number
  readonly step: number
  /** Patch pixels of a side. */
  readonly side: number
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
export function placeAround(cx: number, cy: number, sidePx: number, most: number): PatchPlace {
  const step = Math.max(1, Math.ceil(sidePx / most))
  const side = Math.max(8, Math.ceil(sidePx / step))
  return { left: Math.floor(cx - (side * step) / 2), top: Math.floor(cy - (side * step) / 2), step, side }
}

/** Samples beyond the picture's edge repeat the edge. */
export function readPatch(canvas: Canvas, place: PatchPlace): Patch {
  const scale = 255 / canvas.peak
  const samples = canvas.planes.map((plane) => readPlane(plane, place, scale))
  const [first = new Float32Array(), second, third] = samples
  if (!second || !third || canvas.colours === 'grey') return { place, luma: first, chroma: [] }
  if (canvas.colours === 'rgb') return { place, ...fromRgb(first, second, third) }
  return { place, luma: first, chroma: [second.map((v) => v - 128), third.map((v) => v - 128)] }
}

function readPlane(plane: Plane, { left, top, step, side }: PatchPlace, scale: number): Float32Array {
  const { data, offset, stride, step: jump, width, height, xShift, yShift } = plane
  const out = new Float32Array(side * side)
  if (step === 1) return readSamples(plane, { left, top, side }, scale, out)
  const clip = (value: number, size: number): number => (value < 0 ? 0 : value >= size ? size - 1 : value)
  for (let j = 0; j < side; j++) {
    const y1 = clip((top + j * step) >> yShift, height)
    const y2 = clip((top + j * step + step - 1) >> yShift, height)
    for (let i = 0; i < side; i++) {
      const x1 = clip((left + i * step) >> xShift, width)
      const x2 = clip((left + i * step + step - 1) >> xShift, width)
      let sum = 0
      for (let y = y1; y <= y2; y++)
        for (let x = x1; x <= x2; x++) sum += data[offset + y * stride + x * jump] ?? 0
      out[j * side + i] = (sum * scale) / ((x2 - x1 + 1) * (y2 - y1 + 1))
    }
  }
  return out
}

/** One sample for each patch pixel: nothing to average. */
function readSamples(
  { data, offset, stride, step, width, height, xShift, yShift }: Plane,
  { left, top, side }: Pick<PatchPlace, 'left' | 'top' | 'side'>,
  scale: number,
  out: Float32Array,
): Float32Array {
  const columns = new Int32Array(side)
  for (let i = 0; i < side; i++) columns[i] = Math.min(width - 1, Math.max(0, (left + i) >> xShift)) * step
  for (let j = 0; j < side; j++) {
    const row = offset + Math.min(height - 1, Math.max(0, (top + j) >> yShift)) * stride
    for (let i = 0; i < side; i++) out[j * side + i] = (data[row + (columns[i] ?? 0)] ?? 0) * scale
  }
  return out
}

function fromRgb(red: Float32Array, green: Float32Array, blue: Float32Array): Omit<Patch, 'place'> {
  const luma = new Float32Array(red.length)
  const cb = new Float32Array(red.length)
  const cr = new Float32Array(red.length)
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
  const values = valuesFor(canvas, overlay)
  canvas.planes.forEach((plane, index) => {
    const value = values[index]
    if (value) writePlane(plane, overlay, value, canvas.peak)
  })
}

/** Per plane of the canvas, in 0..255; linear in the overlay's values, so that the cover stays a factor. */
function valuesFor({ colours, planes }: Canvas, { luma, chroma, cover }: Overlay): readonly Float32Array[] {
  const [cb, cr] = chroma
  if (colours === 'grey' || !cb || !cr) return planes.map(() => luma)
  if (colours === 'ycbcr') {
    const around = (difference: Float32Array): Float32Array =>
      difference.map((v, i) => v + 128 * (cover[i] ?? 0))
    return [luma, around(cb), around(cr)]
  }
  return [
    luma.map((y, i) => y + (cr[i] ?? 0) / 0.713),
    luma.map((y, i) => y - 0.344 * (cb[i] ?? 0) - 0.714 * (cr[i] ?? 0)),
    luma.map((y, i) => y + (cb[i] ?? 0) / 0.564),
  ]
}

function writePlane(plane: Plane, { place, cover }: Overlay, value: Float32Array, peak: number): void {
  const { left, top, step, side } = place
  const { data, offset, stride, step: jump, width, height, xShift, yShift } = plane
  const scale = peak / 255
  const x1 = Math.max(0, left >> xShift)
  const y1 = Math.max(0, top >> yShift)
  const x2 = Math.min(width, (left + side * step) >> xShift)
  const y2 = Math.min(height, (top + side * step) >> yShift)
  for (let y = y1; y < y2; y++) {
    const v = Math.min(Math.max(((y + 0.5) * (1 << yShift) - top) / step - 0.5, 0), side - 1.001)
    const row = Math.floor(v)
    const down = v - row
    for (let x = x1; x < x2; x++) {
      const u = Math.min(Math.max(((x + 0.5) * (1 << xShift) - left) / step - 0.5, 0), side - 1.001)
      const column = Math.floor(u)
      const along = u - column
      const at = row * side + column
      const a =
        (1 - down) * ((1 - along) * (cover[at] ?? 0) + along * (cover[at + 1] ?? 0)) +
        down * ((1 - along) * (cover[at + side] ?? 0) + along * (cover[at + side + 1] ?? 0))
      if (a < SEEN) continue
      const b =
        (1 - down) * ((1 - along) * (value[at] ?? 0) + along * (value[at + 1] ?? 0)) +
        down * ((1 - along) * (value[at + side] ?? 0) + along * (value[at + side + 1] ?? 0))
      const target = offset + y * stride + x * jump
      const old = data[target] ?? 0
      const mixed = (1 - a) * old + b * scale
      const fresh = mixed < 0 ? 0 : mixed > peak ? peak : (mixed + 0.5) | 0
      data[target] = a > WHOLE && fresh === old ? (old > 0 ? old - 1 : 1) : fresh
    }
  }
}
