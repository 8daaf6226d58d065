// Finds how one set of points in space was scaled, turned and moved to become another.

/** target = scale x rotation x point + shift; `rotation` row by row. */
export interface RigidPose {
  readonly scale: number
  readonly rotation: Float64Array
  readonly shift: readonly [number, number, number]
}

/** x, y, z after x, y, z. */
export type SpacePoints = ArrayLike<number>

const ITERATIONS = 120

/**
 * The weighted least-squares pose (Horn, Closed-form solution of absolute orientation using unit quaternions, 1987).
 * Undefined where the points do not tell one: all in one place, or not finite.
 */
export function rigidPose(
  from: SpacePoints,
  to: SpacePoints,
  weights: ArrayLike<number>,
): RigidPose | undefined {
  const a = weightedMean(from, weights)
  const b = weightedMean(to, weights)
  const m = new Float64Array(9)
  let spread = 0
  for (let i = 0; i < weights.length; i++) {
    const w = weights[i] ?? 0
    for (let r = 0; r < 3; r++) {
      const p = (from[i * 3 + r] ?? 0) - (a[r] ?? 0)
      spread += w * p * p
      for (let c = 0; c < 3; c++) {
        const t = (to[i * 3 + c] ?? 0) - (b[c] ?? 0)
        m[r * 3 + c] = (m[r * 3 + c] ?? 0) + w * p * t
      }
    }
  }
  if (!(spread > 1e-12) || !m.every(Number.isFinite)) return undefined
  const rotation = rotationOf(largestEigenvector(quaternionMatrix(m)))
  let along = 0
  for (let r = 0; r < 3; r++)
    for (let c = 0; c < 3; c++) along += (m[r * 3 + c] ?? 0) * (rotation[c * 3 + r] ?? 0)
  const scale = along / spread
  const turned = turn(rotation, a[0] ?? 0, a[1] ?? 0, a[2] ?? 0)
  const moved = (i: 0 | 1 | 2): number => (b[i] ?? 0) - scale * turned[i]
  return { scale, rotation, shift: [moved(0), moved(1), moved(2)] }
}

function weightedMean(points: SpacePoints, weights: ArrayLike<number>): Float64Array {
  const mean = new Float64Array(3)
  let sum = 0
  for (let i = 0; i < weights.length; i++) {
    const w = weights[i] ?? 0
    sum += w
    for (let c = 0; c < 3; c++) mean[c] = (mean[c] ?? 0) + w * (points[i * 3 + c] ?? 0)
  }
  return mean.map((value) => value / sum)
}

function turn(r: Float64Array, x: number, y: number, z: number): [number, number, number] {
  const row = (i: number): number => (r[i] ?? 0) * x + (r[i + 1] ?? 0) * y + (r[i + 2] ?? 0) * z
  return [row(0), row(3), row(6)]
}

/** Horn's symmetric 4 x 4 matrix N of the correlation matrix S. */
function quaternionMatrix(s: Float64Array): readonly (readonly number[])[] {
  const [xx = 0, xy = 0, xz = 0, yx = 0, yy = 0, yz = 0, zx = 0, zy = 0, zz = 0] = s
  return [
    [xx + yy + zz, yz - zy, zx - xz, xy - yx],
    [yz - zy, xx - yy - zz, xy + yx, zx + xz],
    [zx - xz, xy + yx, yy - xx - zz, yz + zy],
    [xy - yx, zx + xz, yz + zy, zz - xx - yy],
  ]
}

/** By power iteration, shifted so that the largest eigenvalue is also the largest in size. */
function largestEigenvector(matrix: readonly (readonly number[])[]): readonly number[] {
  const shift = Math.hypot(...matrix.flat())
  let v = [1, 0.01, 0.02, 0.03]
  for (let i = 0; i < ITERATIONS; i++) {
    const next = matrix.map((row, r) =>
      row.reduce((sum, value, c) => sum + value * (v[c] ?? 0), shift * (v[r] ?? 0)),
    )
    const length = Math.hypot(...next)
    v = next.map((value) => value / length)
  }
  return v
}

function rotationOf([w = 1, x = 0, y = 0, z = 0]: readonly number[]): Float64Array {
  return Float64Array.of(
    w * w + x * x - y * y - z * z,
    2 * (x * y - w * z),
    2 * (x * z + w * y),
    2 * (x * y + w * z),
    w * w - x * x + y * y - z * z,
    2 * (y * z - w * x),
    2 * (x * z - w * y),
    2 * (y * z + w * x),
    w * w - x * x - y * y + z * z,
  )
}

/** Every point through the pose. */
export function posed(points: SpacePoints, { scale, rotation, shift }: RigidPose): Float64Array {
  const out = new Float64Array(points.length)
  for (let axis = 0; axis < 3; axis++) {
    const a = scale * (rotation[axis * 3] ?? 0)
    const b = scale * (rotation[axis * 3 + 1] ?? 0)
    const c = scale * (rotation[axis * 3 + 2] ?? 0)
    const by = shift[axis] ?? 0
    for (let i = 0; i + 2 < points.length; i += 3)
      out[i + axis] = a * (points[i] ?? 0) + b * (points[i + 1] ?? 0) + c * (points[i + 2] ?? 0) + by
  }
  return out
}

/** The pose that undoes this one. */
export function inversePose({ scale, rotation, shift }: RigidPose): RigidPose {
  const back = Float64Array.of(0, 3, 6, 1, 4, 7, 2, 5, 8).map((i) => rotation[i] ?? 0)
  const [x, y, z] = turn(back, shift[0], shift[1], shift[2])
  return { scale: 1 / scale, rotation: back, shift: [-x / scale, -y / scale, -z / scale] }
}

/** Where the head looks, in degrees from straight at the camera, of a pose from the picture to the upright mean face. */
export function headAngles({ rotation }: RigidPose): { readonly yaw: number; readonly pitch: number } {
  const degrees = 180 / Math.PI
  return {
    yaw: Math.atan2(rotation[6] ?? 0, rotation[8] ?? 1) * degrees,
    pitch: Math.asin(Math.min(1, Math.max(-1, rotation[7] ?? 0))) * degrees,
  }
}
