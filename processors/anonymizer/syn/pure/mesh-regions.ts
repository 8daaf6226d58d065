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

/** The two rings of points between the inner and the outer border of the lips. */
export const WITHIN_LIPS = [
  ...[76, 77, 90, 180, 85, 16, 315, 404, 320, 307, 306, 408, 304, 303, 302, 11, 72, 73, 74, 184],
  ...[62, 96, 89, 179, 86, 15, 316, 403, 319, 325, 292, 407, 272, 271, 268, 12, 38, 41, 42, 183],
] as const

/** A value for each point and each of the ring, where everything outside the face may stay. */
export function hairRoom({ outline }: MeshTopology): Float32Array {
  const room = new Float32Array(POINTS + outline.length).fill(1, POINTS)
  for (const [value, points] of ROOM) for (const i of points) room[i] = value
  return room
}

/** How much of an identity's details is drawn at each point and each of the ring. */
export function detailStrength({ mean, eyes, outerLips, innerLips, outline }: MeshTopology): Float32Array {
  const features = [...BROWS, ...NOSE, ...eyes.flat(), ...outerLips, ...innerLips]
  const faint = new Set<number>([...FOREHEAD, ...MOUSTACHE])
  const far = (a: number, b: number): number =>
    Math.hypot((mean[a * 3] ?? 0) - (mean[b * 3] ?? 0), (mean[a * 3 + 1] ?? 0) - (mean[b * 3 + 1] ?? 0))
  return Float32Array.from({ length: POINTS + outline.length }, (_, i) => {
    if (i >= POINTS || faint.has(i)) return STRENGTH.faint
    const nearest = Math.min(...features.map((feature) => far(i, feature)))
    const near = Math.min(1, Math.max(0, (NEAR.skin - nearest) / (NEAR.skin - NEAR.whole)))
    return STRENGTH.skin + (STRENGTH.feature - STRENGTH.skin) * near
  })
}
