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
import type { DetailMeasures, KnownDetails } from './pure/lit-details.ts'
import { inRoom } from './pure/plane-room.ts'
import type { Draw } from './pure/seeded-draws.ts'
import { smoothStep } from './pure/smooth-step.ts'

/** An identity ready to be drawn: its details at the size that is wanted, made once. */
export interface ReadyIdentity {
  readonly identity: Identity
  texture(level: number): TexturePlanes
}

export interface FaceDrawing {
  readonly appearance: Appearance
  readonly grain: Draw
  readonly known?: KnownDetails | undefined
}

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

/**
 * Changes the canvas's planes in place. `points`: x, y, depth in full-size pixels. `known`: what was measured of the same
 * face shortly before. Gives what was measured; undefined where nothing was drawn.
 */
export function replaceFace(
  canvas: Canvas,
  points: Float64Array,
  ready: ReadyIdentity,
  drawing: FaceDrawing,
): DetailMeasures | undefined {
  return inRoom(() => drawFace(canvas, points, ready, drawing))
}

function drawFace(
  canvas: Canvas,
  points: Float64Array,
  ready: ReadyIdentity,
  { appearance, grain, known }: FaceDrawing,
): DetailMeasures | undefined {
  const placed = placeFace(points, appearance.topology)
  if (!placed) return undefined
  const { patch, mesh } = patchOf(canvas, points, placed, appearance)
  const drawn = movedMesh(placed, ready.identity, appearance)
  const { topology } = appearance
  const width = faceWidth(placed.pose) / patch.place.step
  const level = levelFor(width / (appearance.side * 0.72))
  const task = {
    side: patch.place.width,
    planes: [patch.luma, ...patch.chroma],
    original: mesh,
    drawn: inPatch(flatInPicture(drawn, placed.pose), patch),
    corners: topology.corners,
    mouth: { ...appearance.mouth, kept: mouthKept(placed) },
    lips: { ...appearance.lips, innerLips: topology.innerLips },
    eyes: topology.eyes,
    look: lookOf(ready.identity),
    hairRoom: appearance.hairRooms[ready.identity.group] ?? new Float32Array(appearance.strength.length),
    nearOutline: appearance.nearOutline,
    strength: appearance.strength,
    inside: Float32Array.from({ length: POINTS + topology.outline.length }, (_, i) => (i < POINTS ? 1 : 0)),
    texture: ready.texture(level),
    textureAt: appearance.textureAt.map((value) => value / 2 ** level),
    faceWidth: width,
    grain,
  }
  const composed = composeFace(task, known)
  const [luma = new Float32Array(), ...chroma] = composed.planes
  writeOverlay(canvas, { place: patch.place, cover: composed.cover, luma, chroma })
  return composed.measures
}

/** Height of the lips' opening by its width: below it the mouth is shut, and from the second on wholly the original's. */
const SHUT = { until: 0.03, open: 0.08 }
/** Upper and lower middle of the inner lips, and their ends. */
const LIPS = [13, 14, 78, 308] as const

/** How much of the original's mouth is kept, 0..1: in a shut one there is nothing but lips, a moustache or a beard. */
function mouthKept({ upright }: PlacedFace): number {
  const between = (a: number, b: number): number =>
    Math.hypot(...[0, 1, 2].map((axis) => (upright[a * 3 + axis] ?? 0) - (upright[b * 3 + axis] ?? 0)))
  const [above, below, from, to] = LIPS
  return smoothStep(between(above, below) / Math.max(1e-6, between(from, to)), SHUT.until, SHUT.open)
}

/** Irises by colour differences and brightness: of nearly everybody on earth they are brown. */
const IRISES = [
  { iris: [-7, 8], brightness: 0.34 },
  { iris: [-5, 5], brightness: 0.28 },
  { iris: [-8, 4], brightness: 0.42 },
] as const

/** Chosen by the draw, so that a face keeps its eyes. */
function lookOf({ texture }: Identity): (typeof IRISES)[number] {
  const part = Math.abs((texture[0] ?? 0) * 1000) % IRISES.length
  return IRISES[Math.floor(part)] ?? IRISES[0]
}

/** The identity's shape with the mood of the face that is there; the ring stays the original's. Upright space. */
function movedMesh({ upright }: PlacedFace, { shape }: Identity, appearance: Appearance): Float64Array {
  const { topology, shapeMean, shapeComponents } = appearance
  const from = coordinates(upright, shapeMean, shapeComponents)
  const ring = withRing(upright, topology)
  const face = moved(upright, shapeComponents, {
    ...{ from, to: shape, by: appearance.moves, mean: shapeMean, forgotten: appearance.forgotten },
  })
  ring.set(face.subarray(0, POINTS * 3))
  return ring
}

/**
 * The smallest level of which a pixel becomes no more than 1.5 patch pixels: the next larger one differs by 47 dB, and
 * costs four times as much.
 */
function levelFor(enlargement: number): number {
  const wanted = Math.floor(-Math.log2(Math.max(1e-6, enlargement)) + 0.6)
  return Math.min(LEVELS - 1, Math.max(0, wanted))
}
