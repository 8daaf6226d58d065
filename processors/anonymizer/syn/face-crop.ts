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
  const { planes, colours, peak, grey = 128 } = source
  const scale = 255 / peak
  const [first = new Float32Array(), second, third] = planes
    .slice(0, colours === 'grey' ? 1 : 3)
    .map((plane) => sampled(plane, source, walk, scale))
  for (let i = 0, to = 0; i < first.length; i++, to += 3) {
    const value = first[i] ?? 0
    if (colours === 'rgb') {
      into[to] = rounded(value)
      into[to + 1] = rounded(second?.[i] ?? value)
      into[to + 2] = rounded(third?.[i] ?? value)
      continue
    }
    const blue = second ? (second[i] ?? 0) - grey : 0
    const red = third ? (third[i] ?? 0) - grey : 0
    into[to] = rounded(value + red / 0.713)
    into[to + 1] = rounded(value - 0.344 * blue - 0.714 * red)
    into[to + 2] = rounded(value + blue / 0.564)
  }
}

const rounded = (value: number): number => (value < 0 ? 0 : value > 255 ? 255 : (value + 0.5) | 0)

/** One plane along the walk, in 0..255. */
function sampled(
  { data, offset, stride, step, width, height, xShift, yShift }: Samples,
  size: { readonly width: number; readonly height: number },
  { x, y, cos, sin }: Walk,
  scale: number,
): Float32Array {
  const out = unwritten(CROP * CROP)
  const [lastX, lastY] = [size.width - 1, size.height - 1]
  for (let v = 0, to = 0; v < CROP; v++) {
    let px = x - sin * v
    let py = y + cos * v
    for (let u = 0; u < CROP; u++, to++, px += cos, py += sin) {
      const cx = px < 0 ? 0 : px > lastX ? lastX : px
      const cy = py < 0 ? 0 : py > lastY ? lastY : py
      const column = cx | 0
      const row = cy | 0
      const a = cx - column
      const b = cy - row
      const left = Math.min(width - 1, column >> xShift) * step
      const right = Math.min(width - 1, (column + 1) >> xShift) * step
      const upper = offset + Math.min(height - 1, row >> yShift) * stride
      const lower = offset + Math.min(height - 1, (row + 1) >> yShift) * stride
      const top = (data[upper + left] ?? 0) * (1 - a) + (data[upper + right] ?? 0) * a
      const bottom = (data[lower + left] ?? 0) * (1 - a) + (data[lower + right] ?? 0) * a
      out[to] = (top * (1 - b) + bottom * b) * scale
    }
  }
  return out
}
