// Cuts the square, turned picture that the face mesh looks at straight out of a canvas's planes.
import type { Plane } from '../hide/plane.ts'
import { type Canvas, type Patch, placeAround, readPatch } from './canvas.ts'
import { inRoom, unwritten } from './pure/plane-room.ts'

/** Pixels of a side. */
export const CROP = 192
/** Canvas pixels for one of the crop, up to which reading between samples is as good as averaging them. */
const MOST_STEP = 2
/** A turned square needs so much around it. */
const TURNED = 1.47

/** In full-size pixels of the canvas. */
export interface Square {
  readonly cx: number
  readonly cy: number
  readonly side: number
  /** Radians. */
  readonly roll: number
}

/** How one walks over the canvas: from the first pixel's centre, by column and by row. Sample coordinates. */
interface Walk {
  readonly x: number
  readonly y: number
  readonly cos: number
  readonly sin: number
}

/** Writes RGB of 8 bits, CROP x CROP x 3, read bilinearly; beyond the edge the edge is repeated. */
export function cropOf(canvas: Canvas, square: Square, into: Uint8Array): void {
  inRoom(() => cutOut(canvas, square, into))
}

function cutOut(canvas: Canvas, square: Square, into: Uint8Array): void {
  const step = Math.ceil(square.side / CROP / MOST_STEP)
  if (!(step > 1)) {
    cropOfPlanes(canvas, walkOver(square, 0, 0, 1), into)
    return
  }
  const place = placeAround(
    square.cx,
    square.cy,
    square.side * TURNED,
    Math.ceil((square.side * TURNED) / step),
  )
  const walk = walkOver(square, place.left, place.top, place.step)
  cropOfPlanes(patchCanvas(readPatch(canvas, place)), walk, into)
}

function walkOver({ cx, cy, side, roll }: Square, left: number, top: number, step: number): Walk {
  const scale = side / CROP / step
  const [cos, sin] = [Math.cos(roll) * scale, Math.sin(roll) * scale]
  const first = 0.5 - CROP / 2
  return {
    x: (cx - left) / step + (cos - sin) * first - 0.5,
    y: (cy - top) / step + (sin + cos) * first - 0.5,
    cos,
    sin,
  }
}

/** A patch as a canvas of its own; its colour differences lie around 0. */
function patchCanvas({ place: { width, height }, luma, chroma }: Patch): CropSource {
  const plane = (data: Float32Array): Samples => ({
    ...{ data, offset: 0, stride: width, step: 1, width, height, xShift: 0, yShift: 0 },
  })
  const planes = [luma, ...chroma].map(plane)
  return {
    planes,
    colours: planes.length < 3 ? 'grey' : 'ycbcr',
    peak: 255,
    width,
    height,
    grey: 0,
  }
}

type Samples = Omit<Plane, 'data'> & { readonly data: ArrayLike<number> }
interface CropSource extends Omit<Canvas, 'planes'> {
  readonly planes: readonly Samples[]
  /** Colour differences of grey. */
  readonly grey?: number
}

function cropOfPlanes(source: CropSource, walk: Walk, into: Uint8Array): void {
  const { colours, peak, grey = 128 } = source
  const [first, second, third] = source.planes
  if (!first) return
  const isGrey = colours === 'grey' || !second || !third
  const areAlike = !isGrey && areLaidAlike(first, second) && areLaidAlike(first, third)
  const taps = noTaps()
  const others = isGrey || areAlike ? taps : noTaps()
  const rows = [unwritten(CROP), unwritten(CROP), unwritten(CROP)] as const
  const scale = 255 / peak
  for (let v = 0; v < CROP; v++) {
    tapsOfRow(first, source, walk, { v, taps })
    readRow(first, taps, scale, rows[0])
    if (!isGrey) {
      if (!areAlike) tapsOfRow(second, source, walk, { v, taps: others })
      readRow(second, others, scale, rows[1])
      readRow(third, others, scale, rows[2])
    }
    const row = into.subarray(v * CROP * 3, (v + 1) * CROP * 3)
    if (isGrey) writeGrey(rows[0], row)
    else if (colours === 'rgb') writeRgb(rows, row)
    else writeYcbcr(rows, grey, row)
  }
}

type Rows = readonly [Float32Array, Float32Array, Float32Array]

function writeGrey(luma: Float32Array, into: Uint8Array): void {
  for (let u = 0; u < CROP; u++) into.fill(rounded(luma[u] ?? 0), u * 3, u * 3 + 3)
}

function writeRgb([red, green, blue]: Rows, into: Uint8Array): void {
  for (let u = 0, to = 0; u < CROP; u++, to += 3) {
    into[to] = rounded(red[u] ?? 0)
    into[to + 1] = rounded(green[u] ?? 0)
    into[to + 2] = rounded(blue[u] ?? 0)
  }
}

function writeYcbcr([luma, cb, cr]: Rows, grey: number, into: Uint8Array): void {
  for (let u = 0, to = 0; u < CROP; u++, to += 3) {
    const value = luma[u] ?? 0
    const blue = (cb[u] ?? 0) - grey
    const red = (cr[u] ?? 0) - grey
    into[to] = rounded(value + red / 0.713)
    into[to + 1] = rounded(value - 0.344 * blue - 0.714 * red)
    into[to + 2] = rounded(value + blue / 0.564)
  }
}

const rounded = (value: number): number => (value < 0 ? 0 : value > 255 ? 255 : (value + 0.5) | 0)

/** What of the four samples around each pixel of a row counts how much; indices from a plane's offset on. */
interface Taps {
  readonly at: Int32Array
  readonly along: Float32Array
  readonly down: Float32Array
}

const noTaps = (): Taps => ({ at: new Int32Array(CROP * 4), along: unwritten(CROP), down: unwritten(CROP) })

const areLaidAlike = (a: Samples, b: Samples): boolean =>
  a.stride === b.stride && a.step === b.step && a.xShift === b.xShift && a.yShift === b.yShift

function tapsOfRow(
  { stride, step, width, height, xShift, yShift }: Samples,
  size: { readonly width: number; readonly height: number },
  { x, y, cos, sin }: Walk,
  { v, taps: { at, along, down } }: { readonly v: number; readonly taps: Taps },
): void {
  const [lastX, lastY] = [size.width - 1, size.height - 1]
  let px = x - sin * v
  let py = y + cos * v
  for (let u = 0, to = 0; u < CROP; u++, to += 4, px += cos, py += sin) {
    const cx = px < 0 ? 0 : px > lastX ? lastX : px
    const cy = py < 0 ? 0 : py > lastY ? lastY : py
    const column = cx | 0
    const row = cy | 0
    const left = Math.min(width - 1, column >> xShift) * step
    const right = Math.min(width - 1, (column + 1) >> xShift) * step
    const upper = Math.min(height - 1, row >> yShift) * stride
    const lower = Math.min(height - 1, (row + 1) >> yShift) * stride
    at[to] = upper + left
    at[to + 1] = upper + right
    at[to + 2] = lower + left
    at[to + 3] = lower + right
    along[u] = cx - column
    down[u] = cy - row
  }
}

/** One row of a plane, in 0..255. */
function readRow(
  { data, offset }: Samples,
  { at, along, down }: Taps,
  scale: number,
  into: Float32Array,
): void {
  for (let u = 0, i = 0; u < CROP; u++, i += 4) {
    const a = along[u] ?? 0
    const top = data[offset + (at[i] ?? 0)] ?? 0
    const bottom = data[offset + (at[i + 2] ?? 0)] ?? 0
    const above = top + ((data[offset + (at[i + 1] ?? 0)] ?? 0) - top) * a
    const below = bottom + ((data[offset + (at[i + 3] ?? 0)] ?? 0) - bottom) * a
    into[u] = (above + (below - above) * (down[u] ?? 0)) * scale
  }
}
