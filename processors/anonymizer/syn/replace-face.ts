// Draws a synthetic face over one whose mesh is known, in the planes of a picture, near the face and nowhere else.
import { type Appearance, LEVELS } from './appearance.ts'
import { type Canvas, writeOverlay } from './canvas.ts'
import { inPatch, patchOf } from './face-patch.ts'
import { composeFace } from './pure/compose-face.ts'
import type { TexturePlanes } from './pure/draw-texture.ts'
import {
  faceWidth,
  flatInPicture,
  type PlacedFace,
  POINTS,
  placeFace,
  withRing,
} from './pure/face-mesh-shape.ts'
import { coordinates, type Identity, moved } from './pure/identity.ts'
import type { Draw } from './pure/seeded-draws.ts'

/** An identity ready to be drawn: its details at the size that is wanted, made once. */
export interface ReadyIdentity {
  readonly identity: Identity
  texture(level: number): TexturePlanes
}

/** How far a point goes towards the identity's shape; the outline less, because hair and neck stay where they are. */
const SHAPE_MOVE = 1
const OUTLINE_MOVE = 0.45
/** The lips less: how wide a mouth is says more about the mood than about the person. */
const LIPS_MOVE = 0.4

export function readyIdentity(appearance: Appearance, identity: Identity): ReadyIdentity {
  const made = new Map<number, TexturePlanes>()
  return {
    identity,
    texture(level) {
      const texture = made.get(level) ?? appearance.texture(identity, level)
      made.set(level, texture)
      return texture
    },
  }
}

/** Changes the canvas's planes in place. `points`: x, y, depth in full-size pixels. */
export function replaceFace(
  canvas: Canvas,
  points: Float64Array,
  ready: ReadyIdentity,
  { appearance, grain }: { readonly appearance: Appearance; readonly grain: Draw },
): void {
  const placed = placeFace(points, appearance.topology)
  if (!placed) return
  const { patch, mesh } = patchOf(canvas, points, placed, appearance)
  const drawn = movedMesh(placed, ready.identity, appearance)
  const { topology } = appearance
  const width = faceWidth(placed.pose) / patch.place.step
  const level = levelFor(width / (appearance.side * 0.72))
  const composed = composeFace({
    side: patch.place.side,
    planes: [patch.luma, ...patch.chroma],
    original: mesh,
    drawn: inPatch(flatInPicture(drawn, placed.pose), patch),
    corners: topology.corners,
    openings: appearance.openings,
    inside: Float32Array.from({ length: POINTS + topology.outline.length }, (_, i) => (i < POINTS ? 1 : 0)),
    texture: ready.texture(level),
    textureAt: appearance.textureAt.map((value) => value / 2 ** level),
    faceWidth: width,
    grain,
  })
  const [luma = new Float32Array(), ...chroma] = composed.planes
  writeOverlay(canvas, { place: patch.place, cover: composed.cover, luma, chroma })
}

/** The identity's shape with the mood of the face that is there; the ring stays the original's. Upright space. */
function movedMesh({ upright }: PlacedFace, { shape }: Identity, appearance: Appearance): Float64Array {
  const { topology, shapeMean, shapeComponents } = appearance
  const from = coordinates(upright, shapeMean, shapeComponents)
  const outline = new Set(topology.outline)
  const lips = new Set([...topology.outerLips, ...topology.innerLips])
  const by = Float64Array.from({ length: POINTS }, (_, i) =>
    outline.has(i) ? OUTLINE_MOVE : lips.has(i) ? LIPS_MOVE : SHAPE_MOVE,
  )
  const ring = withRing(upright, topology)
  const face = moved(upright, shapeComponents, { from, to: shape, by })
  ring.set(face.subarray(0, POINTS * 3))
  return ring
}

/** The smallest level that still has a texture pixel for every patch pixel, nearly. */
function levelFor(enlargement: number): number {
  const wanted = Math.floor(-Math.log2(Math.max(1e-6, enlargement)) + 0.3)
  return Math.min(LEVELS - 1, Math.max(0, wanted))
}
