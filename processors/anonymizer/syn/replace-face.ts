// Draws a synthetic face over one whose mesh is known, in the planes of a picture, near the face and nowhere else.
import { type Appearance, LEVELS, SMALL_SIDE } from './appearance.ts'
import { type Canvas, type Patch, placeAround, readPatch, writeOverlay } from './canvas.ts'
import { composeFace } from './pure/compose-face.ts'
import { drawTexture, type TexturePlanes } from './pure/draw-texture.ts'
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
import { smoothField } from './pure/smooth-field.ts'

/** An identity ready to be drawn: its details at the size that is wanted, made once. */
export interface ReadyIdentity {
  readonly identity: Identity
  texture(level: number): TexturePlanes
}

const MOST_PATCH = 400
/** How far a point goes towards the identity's shape; the outline less, because hair and neck stay where they are. */
const SHAPE_MOVE = 1
const OUTLINE_MOVE = 0.45
/** The lips less: how wide a mouth is says more about the mood than about the person. */
const LIPS_MOVE = 0.4
/** Outer rim of the lips, from the mouth's right corner. */
const OUTER_LIPS = [61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185]

export function readyIdentity(appearance: Appearance, identity: Identity): ReadyIdentity {
  const made = new Map<number, TexturePlanes>()
  return {
    identity,
    texture(level) {
      const texture = made.get(level) ?? appearance.texture(identity.texture, level)
      made.set(level, texture)
      return texture
    },
  }
}

/** Where the face that is there lies among the model's components. `points`: x, y, depth in full-size pixels. */
export function originalIdentity(
  canvas: Canvas,
  points: Float64Array,
  appearance: Appearance,
): Identity | undefined {
  const placed = placeFace(points, appearance.topology)
  if (!placed) return undefined
  const { patch, mesh } = patchOf(canvas, points, placed, appearance)
  const side = SMALL_SIDE
  const planes = [new Float32Array(side * side)]
  const covered = new Float32Array(side * side)
  const to = appearance.textureAt.map((value) => (value * side) / appearance.side)
  const source = { width: patch.place.side, height: patch.place.side, planes: [patch.luma] }
  drawTexture(source, { from: mesh, to, corners: appearance.topology.corners }, { side, planes, covered })
  const [luma = new Float32Array()] = planes
  const light = smoothField(luma, covered, { width: side, height: side }, 0.18 * 0.72 * side)
  const detail = luma.map((value, i) => (covered[i] === 1 ? value - (light[i] ?? 0) : 0))
  const spread = Math.sqrt(
    detail.reduce((sum, v) => sum + v * v, 0) /
      Math.max(
        1,
        covered.reduce((a, b) => a + b, 0),
      ),
  )
  return {
    texture: appearance.textureCoordinates(detail.map((value) => value / Math.max(1, spread))),
    shape: coordinates(placed.upright, appearance.shapeMean, appearance.shapeComponents),
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

/** The square that the mesh and its ring need, and the original mesh in it. */
function patchOf(
  canvas: Canvas,
  points: Float64Array,
  placed: PlacedFace,
  appearance: Appearance,
): { readonly patch: Patch; readonly mesh: Float64Array } {
  const flat = flatInPicture(withRing(placed.upright, appearance.topology), placed.pose)
  // The points as they were found; the ring as the pose has it.
  for (let i = 0; i < POINTS; i++) {
    flat[i * 2] = points[i * 3] ?? 0
    flat[i * 2 + 1] = points[i * 3 + 1] ?? 0
  }
  let [x1, y1, x2, y2] = [Infinity, Infinity, -Infinity, -Infinity]
  for (let i = 0; i < flat.length; i += 2) {
    const [x, y] = [flat[i] ?? 0, flat[i + 1] ?? 0]
    ;[x1, y1, x2, y2] = [Math.min(x1, x), Math.min(y1, y), Math.max(x2, x), Math.max(y2, y)]
  }
  const side = Math.max(x2 - x1, y2 - y1) + 8
  const patch = readPatch(canvas, placeAround((x1 + x2) / 2, (y1 + y2) / 2, side, MOST_PATCH))
  return { patch, mesh: inPatch(flat, patch) }
}

function inPatch(flat: Float64Array, { place }: Patch): Float64Array {
  return flat.map((value, i) => (value - (i % 2 ? place.top : place.left)) / place.step)
}

/** The identity's shape with the mood of the face that is there; the ring stays the original's. Upright space. */
function movedMesh({ upright }: PlacedFace, { shape }: Identity, appearance: Appearance): Float64Array {
  const { topology, shapeMean, shapeComponents } = appearance
  const from = coordinates(upright, shapeMean, shapeComponents)
  const outline = new Set(topology.outline)
  const lips = new Set([...OUTER_LIPS, ...topology.innerLips])
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
