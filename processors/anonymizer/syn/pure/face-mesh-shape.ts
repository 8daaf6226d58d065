// The mesh of a face with the ring around it, in its own upright space and where it lies in a picture.
import { inversePose, posed, type RigidPose, rigidPose } from './rigid-alignment.ts'

/** What the appearance model says about the mesh; indices count its 468 points. */
export interface MeshTopology {
  /** x, y, z of the mean face: the outline's width is 1, y down, depth away from the camera. */
  readonly mean: Float64Array
  /** How much each point says about where the head looks. */
  readonly stability: Float64Array
  readonly outline: readonly number[]
  readonly innerLips: readonly number[]
  readonly outerLips: readonly number[]
  readonly eyes: readonly (readonly number[])[]
  readonly ring: { readonly grow: number; readonly growAbove: number; readonly behind: number }
  /** Three indices for each triangle, into the points and the ring's after them. */
  readonly corners: Uint16Array
}

export interface PlacedFace {
  /** From the picture to the upright mean face. */
  readonly pose: RigidPose
  /** The face in upright space, x, y, z. */
  readonly upright: Float64Array
}

export const POINTS = 468

/** Undefined where the points are those of no face. */
export function placeFace(points: ArrayLike<number>, topology: MeshTopology): PlacedFace | undefined {
  const pose = rigidPose(points, topology.mean, topology.stability)
  return pose && pose.scale > 0 ? { pose, upright: posed(points, pose) } : undefined
}

/** The points and, after them, one outside each point of the outline and further back. Same space as given: upright. */
export function withRing(upright: Float64Array, { outline, ring }: MeshTopology): Float64Array {
  const at = (i: number, axis: number): number => upright[(outline[i] ?? 0) * 3 + axis] ?? 0
  const middle = (axis: number): number => {
    const values = outline.map((_, i) => at(i, axis))
    return (Math.min(...values) + Math.max(...values)) / 2
  }
  const [cx, cy] = [middle(0), middle(1)]
  const tallest = Math.max(...outline.map((_, i) => Math.abs(at(i, 1) - cy)))
  const out = new Float64Array((POINTS + outline.length) * 3)
  out.set(upright.subarray(0, POINTS * 3))
  outline.forEach((_, i) => {
    const [dx, dy] = [at(i, 0) - cx, at(i, 1) - cy]
    const above = Math.min(1, Math.max(0, -dy / tallest))
    const grow = ring.grow + (ring.growAbove - ring.grow) * above
    out[(POINTS + i) * 3] = at(i, 0) + dx * grow
    out[(POINTS + i) * 3 + 1] = at(i, 1) + dy * grow
    out[(POINTS + i) * 3 + 2] = at(i, 2) + ring.behind
  })
  return out
}

/** x, y in the picture of points in upright space. */
export function flatInPicture(upright: Float64Array, pose: RigidPose): Float64Array {
  const placed = posed(upright, inversePose(pose))
  const flat = new Float64Array((placed.length / 3) * 2)
  for (let i = 0; i * 3 < placed.length; i++) {
    flat[i * 2] = placed[i * 3] ?? 0
    flat[i * 2 + 1] = placed[i * 3 + 1] ?? 0
  }
  return flat
}

/** Picture pixels for the width of the mean face's outline. */
export const faceWidth = (pose: RigidPose): number => 1 / pose.scale
