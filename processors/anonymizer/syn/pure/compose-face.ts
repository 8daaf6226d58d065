// Puts a synthetic face over the one in a patch of a picture: its details, in the light, sharpness and grain of the place.
import { drawTexture, drawVertexValues, type TexturePlanes } from './draw-texture.ts'
import { keepOpening } from './keep-opening.ts'
import { matchSharpness } from './match-sharpness.ts'
import type { Draw } from './seeded-draws.ts'
import { skinLikeness } from './skin-likeness.ts'
import { smoothField } from './smooth-field.ts'
import { smoothStep } from './smooth-step.ts'

/** Of the outline's width. Light and complexion are slower than this; they are the original's, as with the blur. */
const LIGHT_SIGMA = 0.3
/** Slow part of the border (two bands: Burt and Adelson's splining cut to two, as Brown and Lowe, 2007). */
const BORDER_SIGMA = 0.05
/** Of the outline's width: how softly hair and walls beyond the outline end the replacement. */
const HAIR_SIGMA = 0.012
/**
 * Eyes and mouth of the original are kept within lids and lips, but nothing finer than `sigma` (of the outline's width):
 * where the eyes look and how far the mouth is open. Over the eyes lies part of the identity's own fine detail.
 */
const EYES = { sigma: 0.028, detail: 0.7 }
const MOUTH = { sigma: 0.008, detail: 0 }
/** Least mean size of brightness details that a face is given, of 255, and how far its own may go. */
const CONTRAST = { least: 4, most: 26 }

export interface FaceOpening {
  readonly corners: ArrayLike<number>
  readonly weights: ArrayLike<number>
}

export interface FaceToCompose {
  readonly side: number
  /** The patch: brightness, then two colour differences or none. */
  readonly planes: readonly Float32Array[]
  /** Mesh with ring, x, y in patch pixels: of the original, and as it is to be drawn. */
  readonly original: Float64Array
  readonly drawn: Float64Array
  readonly corners: ArrayLike<number>
  /** Within them the original's eyes and mouth are kept, blurred. */
  readonly openings: { readonly eyes: FaceOpening; readonly mouth: FaceOpening }
  /** 1 for a vertex of the face, 0 for one of the ring. */
  readonly inside: Float32Array
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
}

export function composeFace(face: FaceToCompose): ComposedFace {
  const { side, planes, faceWidth } = face
  const size = { width: side, height: side }
  const reach = drawVertexValues(face.original, face.corners, face.inside, side)
  const skin = skinLikeness(planes, side, face.original)
  // Light is what falls on skin: a fringe or a frame within the outline says nothing about it.
  const within = reach.map((value, i) => (value > 0.98 ? (skin[i] ?? 0) : 0))
  const light = planes.map((plane) => smoothField(plane, within, size, LIGHT_SIGMA * faceWidth))
  const synthetic = syntheticPlanes(face, light, within)
  const { eyes, mouth } = face.openings
  keepOpening(synthetic, { ...face, ...eyes, ...kept(EYES, faceWidth) })
  keepOpening(synthetic, { ...face, ...mouth, ...kept(MOUTH, faceWidth) })
  // Beyond the outline skin is replaced as far as the ring; hair and what lies behind the face stay.
  const skinSoft = smoothField(skin, undefined, size, Math.max(0.7, HAIR_SIGMA * faceWidth))
  const slowOf = (plane: Float32Array): Float32Array =>
    smoothField(plane, undefined, size, BORDER_SIGMA * faceWidth)
  const cover = new Float32Array(side * side)
  const wide = new Float32Array(side * side)
  for (let i = 0; i < cover.length; i++) {
    const r = reach[i] ?? 0
    const outside = smoothStep(r, 0.75, 0.98)
    const open = outside + (1 - outside) * smoothStep(skinSoft[i] ?? 0, 0.1, 0.55)
    cover[i] = smoothStep(r, 0.3, 0.95) * open
    wide[i] = smoothStep(r, 0.1, 1) * open
  }
  const values = planes.map((plane, p) => {
    const mine = synthetic[p] ?? plane
    const [now, was] = [slowOf(mine), slowOf(plane)]
    const out = new Float32Array(side * side)
    for (let i = 0; i < out.length; i++) {
      const c = cover[i] ?? 0
      const [a, b] = [was[i] ?? 0, now[i] ?? 0]
      out[i] = c * a + (wide[i] ?? 0) * (b - a) + c * ((mine[i] ?? 0) - b)
    }
    return out
  })
  return { cover, planes: values }
}

const kept = (
  { sigma, detail }: { readonly sigma: number; readonly detail: number },
  faceWidth: number,
): { sigma: number; detail: number } => ({ sigma: Math.max(0.7, sigma * faceWidth), detail })

/** Light of the place plus details of the identity, as strong, as sharp and as grainy as the original's. */
function syntheticPlanes(
  face: FaceToCompose,
  light: readonly Float32Array[],
  within: Float32Array,
): readonly Float32Array[] {
  const { side, planes, drawn, corners, texture, textureAt } = face
  const details = planes.map(() => new Float32Array(side * side))
  const covered = new Float32Array(side * side)
  drawTexture(texture, { from: textureAt, to: drawn, corners }, { side, planes: details, covered })
  const [luma, lumaLight, first] = [planes[0], light[0], details[0]]
  if (!luma || !lumaLight || !first) return []
  const inside = within.map((weight) => (weight > 0 ? 1 : 0))
  const originalDetail = luma.map((value, i) => value - (lumaLight[i] ?? 0))
  const wanted = Math.min(CONTRAST.most, Math.max(CONTRAST.least, meanSize(originalDetail, inside)))
  const gain = wanted / Math.max(0.2, meanSize(first, inside))
  const brightness = matchSharpness({
    detail: first.map((value) => value * gain),
    original: originalDetail,
    within: inside,
    size: { width: side, height: side },
    quantile: 0.5,
    grain: face.grain,
  })
  return details.map((detail, p) => {
    const lit = light[p] ?? detail
    const own = p === 0 ? brightness : detail
    const by = p === 0 ? 1 : gain
    const out = new Float32Array(side * side)
    for (let i = 0; i < out.length; i++) out[i] = (lit[i] ?? 0) + by * (own[i] ?? 0)
    return out
  })
}

function meanSize(values: Float32Array, within: Float32Array): number {
  let [sum, count] = [0, 0]
  for (let i = 0; i < values.length; i++) {
    if (within[i] !== 1) continue
    sum += Math.abs(values[i] ?? 0)
    count++
  }
  return sum / Math.max(1, count)
}
