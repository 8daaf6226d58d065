// Says of the points of a mesh where hair may lie over a face and where its features are; indices count the mesh's points.
import { type MeshTopology, POINTS } from './face-mesh-shape.ts'

/** How much of a fringe or of a strand may stay at a point, 0..1: all at the forehead and the temples, none at the jaw. */
const ROOM: readonly (readonly [number, readonly number[]])[] = [
  [1, [10, 338, 297, 332, 284, 251, 389, 356, 109, 67, 103, 54, 21, 162, 127, 454, 234, 323, 93]],
  [0.9, [151, 337, 299, 333, 298, 301, 368, 108, 69, 104, 68, 71, 139]],
  [0.6, [264, 34, 361, 132]],
  [0.3, [447, 227, 288, 58]],
]

/** Points of brows, nose and lips; the lids are in the topology. */
const BROWS = [
  70, 63, 105, 66, 107, 46, 53, 52, 65, 55, 300, 293, 334, 296, 336, 276, 283, 282, 295, 285,
] as const
const NOSE = [1, 2, 4, 5, 6, 195, 197, 98, 327, 129, 358, 64, 294, 48, 278] as const
/** By the outline's width: so near to a feature its details are whole, and so far they are skin's. */
const NEAR = { whole: 0.05, skin: 0.13 }
/** Of what the model says: features a little more; skin less, where it would be stains; least where the learned had hair. */
const STRENGTH = { feature: 1.3, skin: 0.6, faint: 0.25 }
/** Points between nose and mouth and beside the mouth, where the model's men have moustaches. */
const MOUSTACHE = [
  164, 167, 393, 165, 391, 92, 322, 186, 410, 57, 287, 206, 426, 203, 423, 216, 436, 212, 432,
]
/** Points of the forehead, where the model's women have the shadows of fringes. */
const FOREHEAD = [
  10, 338, 297, 332, 284, 251, 109, 67, 103, 54, 21, 151, 337, 299, 333, 298, 301, 108, 69, 104, 68, 71,
] as const

/** The ring of points beside the inner border of the lips: in the mean face it lies partly within that border. */
export const BESIDE_INNER_LIPS = [
  62, 96, 89, 179, 86, 15, 316, 403, 319, 325, 292, 407, 272, 271, 268, 12, 38, 41, 42, 183,
] as const
/** The two rings of points between the inner and the outer border of the lips. */
export const WITHIN_LIPS = [
  ...[76, 77, 90, 180, 85, 16, 315, 404, 320, 307, 306, 408, 304, 303, 302, 11, 72, 73, 74, 184],
  ...BESIDE_INNER_LIPS,
] as const

/** Points of the jaw and beside it, where long hair hangs over a face without a beard. */
const BESIDE_JAW = [
  ...[323, 361, 288, 397, 93, 132, 58, 172, 366, 401, 435, 137, 177, 215],
  ...[34, 264, 227, 447, 138, 367],
] as const

/**
 * A value for each point, and for each of the ring that of the outline beside it: beyond the outline the distance decides.
 * `beardless`: of a group without beards, so that what hangs over the jaw is hair of the head.
 */
export function hairRoom({ outline }: MeshTopology, beardless: boolean): Float32Array {
  const room = new Float32Array(POINTS + outline.length)
  for (const [value, points] of ROOM) for (const i of points) room[i] = value
  if (beardless) for (const i of BESIDE_JAW) room[i] = 1
  outline.forEach((i, k) => {
    room[POINTS + k] = room[i] ?? 0
  })
  return room
}

/** By the outline's width: so far within the outline its shading is the original's. */
const SHADED = 0.12

/** For each point and each of the ring: 1 at the outline and beyond, falling to 0 within. */
export function nearOutline({ mean, outline }: MeshTopology): Float32Array {
  return Float32Array.from({ length: POINTS + outline.length }, (_, i) =>
    i >= POINTS ? 1 : Math.max(0, 1 - distanceIn(mean, i, outline) / SHADED),
  )
}

/** How far a point goes towards the identity's shape; the outline less, because hair and neck stay where they are. */
const SHAPE_MOVE = 1
const OUTLINE_MOVE = 0.45
/** The lips less: how wide a mouth is says more about the mood than about the person. */
const LIPS_MOVE = 0.4
/** Times that each other point takes the mean of its neighbours: where near points go differently far, triangles fold. */
const SMOOTHINGS = 3

/** How far each point goes towards the identity's shape, 0..1. */
export function shapeMoves({ outline, outerLips, innerLips, corners }: MeshTopology): Float64Array {
  const held = new Map<number, number>(outline.map((i) => [i, OUTLINE_MOVE]))
  for (const i of [...outerLips, ...innerLips, ...WITHIN_LIPS]) held.set(i, LIPS_MOVE)
  return smoothed(SHAPE_MOVE, held, corners)
}

/** The point where the nose ends above the lip: below it a mouth's mood moves everything. */
const BELOW_NOSE = 2

/**
 * How much each point forgets of what the components cannot say of the original's shape, 0..1: what is a person's own,
 * but not lids and the lower face, where it is the mood, nor the outline, where hair and neck stay.
 */
export function shapeForgotten({ mean, outline, eyes, corners }: MeshTopology): Float64Array {
  const held = new Map([...outline, ...eyes.flat()].map((i) => [i, 0]))
  const nose = mean[BELOW_NOSE * 3 + 1] ?? 0
  for (let i = 0; i < POINTS; i++) if ((mean[i * 3 + 1] ?? 0) > nose) held.set(i, 0)
  return smoothed(1, held, corners)
}

/** `value` at each point, but some held at another, and the way between them smooth. */
function smoothed(
  value: number,
  held: ReadonlyMap<number, number>,
  corners: ArrayLike<number>,
): Float64Array {
  const asHeld = (values: Float64Array): Float64Array => values.map((own, i) => held.get(i) ?? own)
  let moves = asHeld(new Float64Array(POINTS).fill(value))
  for (let pass = 0; pass < SMOOTHINGS; pass++) moves = asHeld(meanOfNeighbours(moves, corners))
  return moves
}

/** Each point counts as its own neighbour, too. */
function meanOfNeighbours(values: Float64Array, corners: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(values.length)
  const counts = new Float64Array(values.length)
  for (let t = 0; t < corners.length; t += 3) {
    let [sum, count] = [0, 0]
    for (let k = t; k < t + 3; k++) {
      const i = corners[k] ?? 0
      if (i >= values.length) continue
      sum += values[i] ?? 0
      count++
    }
    for (let k = t; k < t + 3; k++) {
      const i = corners[k] ?? 0
      if (i >= values.length) continue
      sums[i] = (sums[i] ?? 0) + sum
      counts[i] = (counts[i] ?? 0) + count
    }
  }
  return sums.map((sum, i) => sum / Math.max(1, counts[i] ?? 0))
}

/** From a point of a mesh, seen from the front, to the nearest of others. */
function distanceIn(mean: ArrayLike<number>, from: number, to: readonly number[]): number {
  const far = (other: number): number =>
    Math.hypot(
      (mean[from * 3] ?? 0) - (mean[other * 3] ?? 0),
      (mean[from * 3 + 1] ?? 0) - (mean[other * 3 + 1] ?? 0),
    )
  return Math.min(...to.map(far))
}

/** How much of an identity's details is drawn at each point and each of the ring. */
export function detailStrength({ mean, eyes, outerLips, innerLips, outline }: MeshTopology): Float32Array {
  const features = [...BROWS, ...NOSE, ...eyes.flat(), ...outerLips, ...innerLips]
  const faint = new Set<number>([...FOREHEAD, ...MOUSTACHE])
  return Float32Array.from({ length: POINTS + outline.length }, (_, i) => {
    if (i >= POINTS || faint.has(i)) return STRENGTH.faint
    const nearest = distanceIn(mean, i, features)
    const near = Math.min(1, Math.max(0, (NEAR.skin - nearest) / (NEAR.skin - NEAR.whole)))
    return STRENGTH.skin + (STRENGTH.feature - STRENGTH.skin) * near
  })
}
