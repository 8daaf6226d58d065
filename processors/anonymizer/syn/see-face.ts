// Sees where a face that is there lies among the appearance model's components, and what may be drawn in its place.
import { type Appearance, SMALL_SIDE } from './appearance.ts'
import type { Canvas } from './canvas.ts'
import { patchOf } from './face-patch.ts'
import { drawTexture } from './pure/draw-texture.ts'
import { placeFace } from './pure/face-mesh-shape.ts'
import { coordinates, type Identity } from './pure/identity.ts'
import type { IdentityPrior } from './pure/identity-prior.ts'
import { smoothField } from './pure/smooth-field.ts'

export interface SeenFace {
  readonly prior: IdentityPrior
  readonly original: Pick<Identity, 'shape' | 'texture'>
}

/** As in the model: light is slower than this part of the outline's width, which is that part of the texture. */
const LIGHT_SIGMA = 0.18 * 0.72

/** `points`: x, y, depth in full-size pixels. Undefined where they are those of no face. */
export function seeFace(canvas: Canvas, points: Float64Array, appearance: Appearance): SeenFace | undefined {
  const placed = placeFace(points, appearance.topology)
  if (!placed) return undefined
  const { patch, mesh } = patchOf(canvas, points, placed, appearance)
  const side = SMALL_SIDE
  const planes = [new Float32Array(side * side)]
  const covered = new Float32Array(side * side)
  const to = appearance.textureAt.map((value) => (value * side) / appearance.side)
  const source = { width: patch.place.width, height: patch.place.height, planes: [patch.luma] }
  drawTexture(source, { from: mesh, to, corners: appearance.topology.corners }, { side, planes, covered })
  const [luma = new Float32Array()] = planes
  const inside = appearance.smallInside
  const light = smoothField(luma, inside, { width: side, height: side }, LIGHT_SIGMA * side)
  const detail = luma.map((value, i) => (inside[i] === 1 ? value - (light[i] ?? 0) : 0))
  const count = inside.reduce((a, b) => a + b, 0)
  const spread = Math.sqrt(detail.reduce((sum, v) => sum + v * v, 0) / Math.max(1, count))
  const small = detail.map((value) => value / Math.max(1, spread))
  const prior = appearance.prior(small, placed.upright)
  return {
    prior,
    original: {
      texture: appearance.textureCoordinates(small, prior.group),
      shape: coordinates(placed.upright, appearance.shapeMean, appearance.shapeComponents),
    },
  }
}
