// Draws a texture, or part of a picture, through a mesh.

import { zeroed } from './plane-room.ts'
import { visitTriangles } from './triangles.ts'

/** Three planes of one size, rows without padding: brightness and two colour differences. */
export interface TexturePlanes {
  readonly width: number
  readonly height: number
  readonly planes: readonly Float32Array[]
}

/** Where a mesh lies in what is read and in what is drawn: x, y after x, y, for the same vertices. */
export interface MeshPair {
  readonly from: ArrayLike<number>
  readonly to: ArrayLike<number>
  readonly corners: ArrayLike<number>
}

/** Adds to `covered` 1 where something was drawn; `into` gets what the texture has there (bilinear). */
export function drawTexture(
  source: TexturePlanes,
  mesh: MeshPair,
  into: { readonly side: number; readonly planes: readonly Float32Array[]; readonly covered: Float32Array },
): void {
  const { from, corners } = mesh
  const { side, covered } = into
  const pairs = into.planes.flatMap((target, p) => {
    const values = source.planes[p]
    return values ? [{ values, target }] : []
  })
  const line: SourceLine = { x: 0, y: 0, stepX: 0, stepY: 0, to: 0, end: 0 }
  visitTriangles(mesh.to, corners, { width: side, height: side }, (span) => {
    const a = (corners[span.triangle * 3] ?? 0) * 2
    const b = (corners[span.triangle * 3 + 1] ?? 0) * 2
    const c = (corners[span.triangle * 3 + 2] ?? 0) * 2
    const ax = from[a] ?? 0
    const ay = from[a + 1] ?? 0
    const bx = (from[b] ?? 0) - ax
    const by = (from[b + 1] ?? 0) - ay
    const cx = (from[c] ?? 0) - ax
    const cy = (from[c + 1] ?? 0) - ay
    line.x = ax + span.v * bx + span.w * cx - 0.5
    line.y = ay + span.v * by + span.w * cy - 0.5
    line.stepX = span.vStep * bx + span.wStep * cx
    line.stepY = span.vStep * by + span.wStep * cy
    line.to = span.y * side + span.x1
    line.end = span.y * side + span.x2
    covered.fill(1, line.to, line.end)
    for (let p = 0; p < pairs.length; p++) {
      const pair = pairs[p]
      if (pair) drawLine(pair.values, source, pair.target, line)
    }
  })
}

/** Where the pixels from `to` to before `end` lie in what is read. */
interface SourceLine {
  x: number
  y: number
  stepX: number
  stepY: number
  to: number
  end: number
}

function drawLine(
  values: Float32Array,
  { width, height }: { readonly width: number; readonly height: number },
  target: Float32Array,
  { x, y, stepX, stepY, to: first, end }: SourceLine,
): void {
  const [lastColumn, lastRow] = [width - 1.001, height - 1.001]
  let sx = x
  let sy = y
  for (let to = first; to < end; to++, sx += stepX, sy += stepY) {
    const u = sx < 0 ? 0 : sx > lastColumn ? lastColumn : sx
    const t = sy < 0 ? 0 : sy > lastRow ? lastRow : sy
    const column = u | 0
    const line = t | 0
    const along = u - column
    const down = t - line
    const at = line * width + column
    const top = (values[at] ?? 0) * (1 - along) + (values[at + 1] ?? 0) * along
    const bottom = (values[at + width] ?? 0) * (1 - along) + (values[at + width + 1] ?? 0) * along
    target[to] = top * (1 - down) + bottom * down
  }
}

/** A value per vertex, drawn as a plane (linear within each triangle). Where triangles lie over each other: the larger. */
export function drawVertexValues(
  flat: ArrayLike<number>,
  corners: ArrayLike<number>,
  values: ArrayLike<number>,
  side: number,
): Float32Array {
  const [plane = zeroed(side * side)] = drawVertexMaps({ flat, corners }, [values], side)
  return plane
}

/** The same of several values per vertex, a plane for each. */
export function drawVertexMaps(
  { flat, corners }: { readonly flat: ArrayLike<number>; readonly corners: ArrayLike<number> },
  maps: readonly ArrayLike<number>[],
  side: number,
): readonly Float32Array[] {
  const drawn = maps.map((values) => ({ values, out: zeroed(side * side) }))
  const line: ValueLine = { value: 0, step: 0, to: 0, end: 0 }
  visitTriangles(flat, corners, { width: side, height: side }, (span) => {
    line.to = span.y * side + span.x1
    line.end = span.y * side + span.x2
    for (const { values, out } of drawn) {
      const a = values[corners[span.triangle * 3] ?? 0] ?? 0
      const b = (values[corners[span.triangle * 3 + 1] ?? 0] ?? 0) - a
      const c = (values[corners[span.triangle * 3 + 2] ?? 0] ?? 0) - a
      line.value = a + span.v * b + span.w * c
      line.step = span.vStep * b + span.wStep * c
      raise(out, line)
    }
  })
  return drawn.map(({ out }) => out)
}

/** A value at pixel `to` and what each further one before `end` adds. */
interface ValueLine {
  value: number
  step: number
  to: number
  end: number
}

function raise(out: Float32Array, { value: first, step, to, end }: ValueLine): void {
  let value = first
  for (let at = to; at < end; at++, value += step) if (value > (out[at] ?? 0)) out[at] = value
}

/** Half the size, each pixel the mean of four. */
export function halved({ width, height, planes }: TexturePlanes): TexturePlanes {
  const [w, h] = [width >> 1, height >> 1]
  return {
    width: w,
    height: h,
    planes: planes.map((plane) => {
      const out = new Float32Array(w * h)
      for (let y = 0; y < h; y++) {
        for (let x = 0; x < w; x++) {
          const at = 2 * y * width + 2 * x
          out[y * w + x] =
            ((plane[at] ?? 0) +
              (plane[at + 1] ?? 0) +
              (plane[at + width] ?? 0) +
              (plane[at + width + 1] ?? 0)) /
            4
        }
      }
      return out
    }),
  }
}
