// Turns points, boxes and masks between the displayed picture and the picture as it is stored.
import type { Detection, Quad } from '#schemas/detection-document.ts'
import type { MaskShape } from '../../pure/mask-shape.ts'

/** Degrees by which the stored picture is turned clockwise for display. */
export type Rotation = 0 | 90 | 180 | 270

export interface Size {
  readonly width: number
  readonly height: number
}

const RIGHT_ANGLES = [0, 90, 180, 270] as const

/**
 * Reads a display matrix (ISO/IEC 14496-12, 8.2.2: nine 32-bit numbers, 16.16 and 2.30 fixed point, as FFmpeg keeps
 * it in host order) as the nearest right angle. Anything unreadable is 0.
 */
export function rotationOf(matrix: Uint8Array | null): Rotation {
  if (!matrix || matrix.length < 36) return 0
  const view = new DataView(matrix.buffer, matrix.byteOffset, matrix.length)
  const a = view.getInt32(0, true)
  const b = view.getInt32(4, true)
  if (a === 0 && b === 0) return 0
  const turns = Math.round(Math.atan2(b, a) / (Math.PI / 2))
  return RIGHT_ANGLES[((turns % 4) + 4) % 4] ?? 0
}

export const isSideways = (rotation: Rotation): boolean => rotation === 90 || rotation === 270

/** The size as displayed of a stored size, and the other way round. */
export const turnedSize = (size: Size, rotation: Rotation): Size =>
  isSideways(rotation) ? { width: size.height, height: size.width } : size

/** Where a displayed point lies in the stored picture; both in pixels from the top left, `stored` the stored size. */
export function storedPoint(
  [x, y]: readonly [number, number],
  stored: Size,
  rotation: Rotation,
): [number, number] {
  if (rotation === 90) return [y, stored.height - x]
  if (rotation === 180) return [stored.width - x, stored.height - y]
  if (rotation === 270) return [stored.width - y, x]
  return [x, y]
}

/** A mask of the displayed picture as it lies in the stored one. */
export function storedShape(shape: MaskShape, stored: Size, rotation: Rotation): MaskShape {
  if (rotation === 0) return shape
  const turn = (point: readonly [number, number]): [number, number] => storedPoint(point, stored, rotation)
  if (shape.kind === 'ellipse') {
    const [cx, cy] = turn([shape.cx, shape.cy])
    return { ...shape, cx, cy, roll: shape.roll - rotation }
  }
  const [a, b, c, d] = shape.corners
  const corners: Quad = [turn(a), turn(b), turn(c), turn(d)]
  return { kind: 'quad', corners }
}

/** A detection of the displayed picture as it lies in the stored one. */
export function storedDetection(detection: Detection, stored: Size, rotation: Rotation): Detection {
  if (rotation === 0) return detection
  const { box, quad, roll } = detection
  const turn = (point: readonly [number, number]): [number, number] => storedPoint(point, stored, rotation)
  const [x1, y1] = turn([box[0], box[1]])
  const [x2, y2] = turn([box[2], box[3]])
  return {
    ...detection,
    box: [Math.min(x1, x2), Math.min(y1, y2), Math.max(x1, x2), Math.max(y1, y2)],
    ...(quad ? { quad: [turn(quad[0]), turn(quad[1]), turn(quad[2]), turn(quad[3])] } : {}),
    roll: (roll ?? 0) - rotation,
  }
}

/** Interleaved RGB, 8 bits, rows `stride` bytes apart. */
export interface RgbRows {
  readonly data: Uint8Array
  readonly stride: number
}

/** Turns a picture of `size` by `rotation` into `target`, which has room for the turned size. */
export function turnRgb(source: RgbRows, size: Size, rotation: Rotation, target: RgbRows): void {
  const { width, height } = size
  const place = turnedPlace(size, rotation, target.stride)
  for (let y = 0; y < height; y++) {
    let from = y * source.stride
    let to = place.start + y * place.perRow
    for (let x = 0; x < width; x++, from += 3, to += place.perColumn) {
      target.data[to] = source.data[from] ?? 0
      target.data[to + 1] = source.data[from + 1] ?? 0
      target.data[to + 2] = source.data[from + 2] ?? 0
    }
  }
}

/** Byte of the stored picture's first pixel in the displayed one, and the way from there along its rows and columns. */
function turnedPlace(
  { width, height }: Size,
  rotation: Rotation,
  stride: number,
): { readonly start: number; readonly perRow: number; readonly perColumn: number } {
  if (rotation === 90) return { start: (height - 1) * 3, perRow: -3, perColumn: stride }
  if (rotation === 180)
    return { start: (height - 1) * stride + (width - 1) * 3, perRow: -stride, perColumn: -3 }
  if (rotation === 270) return { start: (width - 1) * stride, perRow: 3, perColumn: -stride }
  return { start: 0, perRow: stride, perColumn: 3 }
}
