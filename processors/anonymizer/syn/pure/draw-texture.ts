// Draws a texture, or part of a picture, through a mesh.
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
  const { width, height } = source
  const size = { width: into.side, height: into.side }
  visitTriangles(mesh.to, corners, size, ({ y, x1, x2, v, w, vStep, wStep, triangle }) => {
    const [a, b, c] = [
      corners[triangle * 3] ?? 0,
      corners[triangle * 3 + 1] ?? 0,
      corners[triangle * 3 + 2] ?? 0,
    ]
    const [ax, ay] = [from[a * 2] ?? 0, from[a * 2 + 1] ?? 0]
    const [bx, by] = [(from[b * 2] ?? 0) - ax, (from[b * 2 + 1] ?? 0) - ay]
    const [cx, cy] = [(from[c * 2] ?? 0) - ax, (from[c * 2 + 1] ?? 0) - ay]
    let sx = ax + v * bx + w * cx - 0.5
    let sy = ay + v * by + w * cy - 0.5
    const [dx, dy] = [vStep * bx + wStep * cx, vStep * by + wStep * cy]
    for (let x = x1; x < x2; x++, sx += dx, sy += dy) {
      const u = sx < 0 ? 0 : sx > width - 1.001 ? width - 1.001 : sx
      const t = sy < 0 ? 0 : sy > height - 1.001 ? height - 1.001 : sy
      const column = u | 0
      const row = t | 0
      const [along, down] = [u - column, t - row]
      const at = row * width + column
      const to = y * into.side + x
      into.covered[to] = 1
      for (let p = 0; p < into.planes.length; p++) {
        const values = source.planes[p]
        const target = into.planes[p]
        if (!values || !target) continue
        const top = (values[at] ?? 0) * (1 - along) + (values[at + 1] ?? 0) * along
        const bottom = (values[at + width] ?? 0) * (1 - along) + (values[at + width + 1] ?? 0) * along
        target[to] = top * (1 - down) + bottom * down
      }
    }
  })
}

/** A value per vertex, drawn as a plane (linear within each triangle). Where triangles lie over each other: the larger. */
export function drawVertexValues(
  flat: ArrayLike<number>,
  corners: ArrayLike<number>,
  values: ArrayLike<number>,
  side: number,
): Float32Array {
  const out = new Float32Array(side * side)
  visitTriangles(
    flat,
    corners,
    { width: side, height: side },
    ({ y, x1, x2, v, w, vStep, wStep, triangle }) => {
      const a = values[corners[triangle * 3] ?? 0] ?? 0
      const b = (values[corners[triangle * 3 + 1] ?? 0] ?? 0) - a
      const c = (values[corners[triangle * 3 + 2] ?? 0] ?? 0) - a
      let value = a + v * b + w * c
      for (let x = x1; x < x2; x++, value += vStep * b + wStep * c) {
        const at = y * side + x
        if (value > (out[at] ?? 0)) out[at] = value
      }
    },
  )
  return out
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
