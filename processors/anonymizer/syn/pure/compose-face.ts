// Puts a synthetic face over the one in a patch of a picture: its details, in the light, sharpness and grain of the place.
import { drawTexture, drawVertexValues, type TexturePlanes } from './draw-texture.ts'
import { matchSharpness } from './match-sharpness.ts'
import type { Draw } from './seeded-draws.ts'
import { blurred, smoothField } from './smooth-field.ts'
import { smoothStep } from './smooth-step.ts'

/** Of the outline's width. Light and complexion are slower than this; they are the original's, as with the blur. */
const LIGHT_SIGMA = 0.18
/** Slow part of the border (two bands: Burt and Adelson's splining cut to two, as Brown and Lowe, 2007). */
const BORDER_SIGMA = 0.05
/**
 * Eyes and mouth of the original are kept within lids and lips, but nothing finer than `sigma` (of the outline's width):
 * where the eyes look and how far the mouth is open. Over the eyes lies part of the identity's own fine detail.
 */
const EYES = { sigma: 0.028, detail: 0.7 }
const MOUTH = { sigma: 0.008, detail: 0 }
/** Least spread of brightness that a face is given, of 255, and how far its own may go. */
const SPREAD = { least: 6, most: 40 }

export interface FaceToCompose {
  readonly side: number
  /** The patch: brightness, then two colour differences or none. */
  readonly planes: readonly Float32Array[]
  /** Mesh with ring, x, y in patch pixels: of the original, and as it is to be drawn. */
  readonly original: Float64Array
  readonly drawn: Float64Array
  readonly corners: ArrayLike<number>
  /** Triangles of lids and lips: within them the original's eyes and mouth are kept, blurred. */
  readonly openings: { readonly eyes: ArrayLike<number>; readonly mouth: ArrayLike<number> }
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
  const within = reach.map((value) => (value > 0.98 ? 1 : 0))
  const light = planes.map((plane) => smoothField(plane, within, size, LIGHT_SIGMA * faceWidth))
  const slow = planes.map((plane) => smoothField(plane, undefined, size, BORDER_SIGMA * faceWidth))
  const synthetic = syntheticPlanes(face, light, within)
  keepOpening(face, synthetic, face.openings.eyes, EYES)
  keepOpening(face, synthetic, face.openings.mouth, MOUTH)
  const syntheticSlow = synthetic.map((plane) =>
    smoothField(plane, undefined, size, BORDER_SIGMA * faceWidth),
  )
  const cover = reach.map((value) => smoothStep(value, 0.3, 0.95))
  const wide = reach.map((value) => smoothStep(value, 0.1, 1))
  const values = planes.map((_, p) => {
    const [mine, mineSlow, old] = [synthetic[p], syntheticSlow[p], slow[p]]
    return cover.map((c, i) => {
      const was = old?.[i] ?? 0
      const now = mineSlow?.[i] ?? 0
      return c * was + (wide[i] ?? 0) * (now - was) + c * ((mine?.[i] ?? 0) - now)
    })
  })
  return { cover, planes: values }
}

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
  const originalDetail = luma.map((value, i) => value - (lumaLight[i] ?? 0))
  const wanted = Math.min(SPREAD.most, Math.max(SPREAD.least, spread(originalDetail, within)))
  const gain = wanted / Math.max(0.3, spread(first, within))
  const brightness = matchSharpness({
    detail: first.map((value) => value * gain),
    original: originalDetail,
    within,
    size: { width: side, height: side },
    quantile: 0.5,
    grain: face.grain,
  })
  return details.map((detail, p) => {
    const lit = light[p]
    return detail.map((value, i) => (lit?.[i] ?? 0) + (p === 0 ? (brightness[i] ?? 0) : value * gain))
  })
}

function spread(values: Float32Array, within: Float32Array): number {
  let [sum, squares, count] = [0, 0, 0]
  for (let i = 0; i < values.length; i++) {
    if (within[i] !== 1) continue
    const value = values[i] ?? 0
    sum += value
    squares += value * value
    count++
  }
  const mean = sum / Math.max(1, count)
  return Math.sqrt(Math.max(0, squares / Math.max(1, count) - mean * mean))
}

/** Eyes and mouth of the original, blurred, where they are drawn now; soft at lids and lips. */
function keepOpening(
  face: FaceToCompose,
  synthetic: readonly Float32Array[],
  corners: ArrayLike<number>,
  keep: { readonly sigma: number; readonly detail: number },
): void {
  const { side, planes, original, drawn, faceWidth } = face
  const size = { width: side, height: side }
  const sigma = Math.max(0.7, keep.sigma * faceWidth)
  const soft = planes.map((plane) => smoothField(plane, undefined, size, sigma))
  const kept = planes.map(() => new Float32Array(side * side))
  const covered = new Float32Array(side * side)
  drawTexture(
    { width: side, height: side, planes: soft },
    { from: original, to: drawn, corners },
    { side, planes: kept, covered },
  )
  const fine = synthetic.map((plane) => smoothField(plane, undefined, size, sigma))
  const weight = blurred(covered, size, Math.max(0.6, 0.006 * faceWidth))
  synthetic.forEach((plane, p) => {
    const [source, slow] = [kept[p], fine[p]]
    if (!source || !slow) return
    for (let i = 0; i < plane.length; i++) {
      if (covered[i] !== 1) continue
      const w = smoothStep(weight[i] ?? 0, 0.3, 1)
      const own = plane[i] ?? 0
      plane[i] = own * (1 - w) + ((source[i] ?? 0) + keep.detail * (own - (slow[i] ?? 0))) * w
    }
  })
}
