// Puts a synthetic face over the one in a patch of a picture: its details, in the light, sharpness and grain of the place.

import type { EyeLook } from './draw-eye.ts'
import { drawVertexMaps, type TexturePlanes } from './draw-texture.ts'
import { keepOpening } from './keep-opening.ts'
import { type DetailMeasures, type KnownDetails, litDetails, type ShutLips } from './lit-details.ts'
import { moustacheOver } from './moustache.ts'
import { unwritten, zeroed } from './plane-room.ts'
import { reachingIn } from './reaching-in.ts'
import type { Draw } from './seeded-draws.ts'
import { skinInLight, skinLikeness } from './skin-likeness.ts'
import { smoothField, smoothFields } from './smooth-field.ts'
import { smoothStep } from './smooth-step.ts'

/** Of the outline's width. Light and complexion are slower than this; they are the original's, as with the blur. */
const LIGHT_SIGMA = 0.3
/** Near the outline its brightness is as fine as this: the shading of jaw and temples, and the shadow below a chin. */
const EDGE_LIGHT_SIGMA = 0.1
/** Slow part of the border (two bands: Burt and Adelson's splining cut to two, as Brown and Lowe, 2007). */
const BORDER_SIGMA = 0.05
/** Of the outline's width: how softly hair and walls end the replacement. */
const HAIR_SIGMA = 0.018
/** Likeness to skin below which hair stays wholly, and above which nothing stays. */
const HAIR = { stays: 0.08, gone: 0.4 }
/** A difference of colour from the skin's, of 255, from which it is a wall, near the outline: no beard is so coloured. */
const WALL = { from: 28, surely: 40 }
/** From the ring, 0, to the outline, 1: where the replacement begins and where it is whole, all and its slow part. */
const COVER = { from: 0.55, slowFrom: 0.3, whole: 1 }
/** Reach below which something lies beyond the outline. */
const OUTSIDE = 0.9
/** The mouth of the original is kept within the lips, but nothing finer than this part of the outline's width. */
const MOUTH_SIGMA = 0.008

export interface FaceToCompose {
  readonly side: number
  /** The patch: brightness, then two colour differences or none. */
  readonly planes: readonly Float32Array[]
  /** Mesh with ring, x, y in patch pixels: of the original, and as it is to be drawn. */
  readonly original: Float64Array
  readonly drawn: Float64Array
  readonly corners: ArrayLike<number>
  /** Within it as much of the original's mouth is kept, blurred: 0..1. */
  readonly mouth: {
    readonly corners: ArrayLike<number>
    readonly weights: ArrayLike<number>
    readonly kept: number
  }
  readonly lips: Omit<ShutLips, 'shut'>
  /** Lids of both eyes, the right one of an upright face first in the picture. */
  readonly eyes: readonly (readonly number[])[]
  readonly look: Omit<EyeLook, 'colour'>
  /** 1 for a vertex of the face, 0 for one of the ring. */
  readonly inside: Float32Array
  /** For each vertex: how much of hair that lies there may stay, and of the details is drawn. */
  readonly hairRoom: Float32Array
  /** For each vertex: 1 at the outline and beyond, 0 well within. */
  readonly nearOutline: Float32Array
  readonly strength: Float32Array
  /** The identity's details at fitting size, in spreads of brightness, and where its vertices lie in it. */
  readonly texture: TexturePlanes
  readonly textureAt: Float64Array
  /** Patch pixels. */
  readonly faceWidth: number
  readonly grain: Draw
}

/** new = (1 - cover) x old + value. */
export interface ComposedFace {
  readonly cover: Float32Array
  readonly planes: readonly Float32Array[]
  readonly measures: DetailMeasures
}

/** `known`: what was measured of the same face shortly before. */
export function composeFace(face: FaceToCompose, known?: KnownDetails): ComposedFace {
  const { side, planes, faceWidth } = face
  const size = { width: side, height: side }
  const { reach, near, room } = mapsOf(face)
  const skin = skinLikeness(planes, side, face.original)
  // Light is what falls on skin: a fringe or a frame within the outline says nothing about it.
  const within = skinBeyond(reach, skin, 0.98)
  const light = smoothFields(planes, within, size, LIGHT_SIGMA * faceWidth).fields
  shadeEdge(light[0], face, { near, within: skinBeyond(reach, skin, 0.05) })
  const seen = { luma: planes[0] ?? new Float32Array(), light: light[0] ?? new Float32Array(), side }
  const kept = face.mouth.kept * (1 - moustacheOver(seen, face.original))
  const lips = { ...face.lips, shut: 1 - kept }
  const { planes: synthetic, measures } = litDetails({ ...face, light, within, lips }, known)
  keepOpening(synthetic, { ...face, ...face.mouth, kept, sigma: Math.max(0.7, MOUTH_SIGMA * faceWidth) })
  // Skin is replaced as far as the ring; hair over the forehead and at the temples, and what lies behind, stays.
  const hair = hairOver(face, { light, reach, near, room })
  const cover = unwritten(side * side)
  const wide = unwritten(side * side)
  coverBeyond(cover, reach, hair, COVER.from)
  coverBeyond(wide, reach, hair, COVER.slowFrom)
  const values = planes.map((plane, p) => {
    const mine = synthetic[p] ?? plane
    const slow = smoothField(difference(mine, plane), undefined, size, BORDER_SIGMA * faceWidth)
    layBands(slow, mine, cover, wide)
    return slow
  })
  return { cover, planes: values, measures }
}

/** What is known of each vertex of the original, as planes: 1 within the outline, near to it, room for hair. */
function mapsOf({ original: flat, corners, side, ...face }: FaceToCompose): Omit<Surroundings, 'light'> {
  const maps = [face.inside, face.nearOutline, face.hairRoom]
  const [reach = zeroed(0), near = zeroed(0), room = zeroed(0)] = drawVertexMaps(
    { flat, corners },
    maps,
    side,
  )
  return { reach, near, room }
}

/** From `from` of the reach on, but not over hair. */
function coverBeyond(cover: Float32Array, reach: Float32Array, hair: Float32Array, from: number): void {
  for (let i = 0; i < cover.length; i++)
    cover[i] = smoothStep(reach[i] ?? 0, from, COVER.whole) * (1 - (hair[i] ?? 0))
}

function difference(a: Float32Array, b: Float32Array): Float32Array {
  const out = unwritten(a.length)
  for (let i = 0; i < out.length; i++) out[i] = (a[i] ?? 0) - (b[i] ?? 0)
  return out
}

/** The slow part of the change, in place, over the wide border, the rest over the narrow one. */
function layBands(slow: Float32Array, mine: Float32Array, cover: Float32Array, wide: Float32Array): void {
  for (let i = 0; i < slow.length; i++) {
    const c = cover[i] ?? 0
    slow[i] = c * (mine[i] ?? 0) + ((wide[i] ?? 0) - c) * (slow[i] ?? 0)
  }
}

/** Likeness to skin where `reach` is above a limit, 0 elsewhere. */
function skinBeyond(reach: Float32Array, skin: Float32Array, limit: number): Float32Array {
  const out = unwritten(reach.length)
  for (let i = 0; i < out.length; i++) out[i] = (reach[i] ?? 0) > limit ? (skin[i] ?? 0) : 0
  return out
}

/** Makes the brightness of the light finer near the outline, in place. */
function shadeEdge(
  lit: Float32Array | undefined,
  { side, planes: [luma], faceWidth }: FaceToCompose,
  { near, within }: { readonly near: Float32Array; readonly within: Float32Array },
): void {
  if (!lit || !luma) return
  const finer = smoothField(luma, within, { width: side, height: side }, EDGE_LIGHT_SIGMA * faceWidth)
  for (let i = 0; i < lit.length; i++)
    lit[i] = (lit[i] ?? 0) + (near[i] ?? 0) * ((finer[i] ?? 0) - (lit[i] ?? 0))
}

interface Surroundings {
  readonly light: readonly Float32Array[]
  readonly reach: Float32Array
  /** 1 at the outline, 0 well within. */
  readonly near: Float32Array
  /** How much of hair may stay. */
  readonly room: Float32Array
}

/** How much of what was there stays, 0..1: hair and walls beyond the outline, and hair that reaches in from there. */
function hairOver(
  { side, planes, faceWidth }: FaceToCompose,
  { light, reach, near, room }: Surroundings,
): Float32Array {
  const sigma = Math.max(0.7, HAIR_SIGMA * faceWidth)
  const skin = smoothField(skinInLight(planes, light, reach), undefined, { width: side, height: side }, sigma)
  const apart = colourApart(planes, light)
  const hair = zeroed(side * side)
  for (let i = 0; i < hair.length; i++) {
    const like = skin[i] ?? 0
    if (like >= HAIR.gone) continue
    const isWall = Math.min(near[i] ?? 0, smoothStep(apart[i] ?? 0, WALL.from, WALL.surely))
    const isRoom = smoothStep(Math.max(room[i] ?? 0, 1 - (reach[i] ?? 0), isWall), 0.1, 0.5)
    hair[i] = isRoom * (1 - smoothStep(like, HAIR.stays, HAIR.gone))
  }
  return reachingIn(hair, side, (i) => (reach[i] ?? 0) < OUTSIDE)
}

/** How unlike in colour two pictures are at each pixel, of 255; 0 in grey ones. */
function colourApart(
  [luma, blue, red]: readonly Float32Array[],
  light: readonly Float32Array[],
): Float32Array {
  const [, lightBlue, lightRed] = light
  if (!blue || !red || !lightBlue || !lightRed) return zeroed(luma?.length ?? 0)
  const out = unwritten(blue.length)
  for (let i = 0; i < out.length; i++) {
    const db = (blue[i] ?? 0) - (lightBlue[i] ?? 0)
    const dr = (red[i] ?? 0) - (lightRed[i] ?? 0)
    out[i] = Math.sqrt(db * db + dr * dr)
  }
  return out
}
