// The appearance model in memory: mesh, statistics and components of faces, as models/training/appearance computed them.
import sharp from 'sharp'
import { z } from 'zod'
import { PermanentFailure } from '#runtime/failure.ts'
import { halved, type TexturePlanes } from './pure/draw-texture.ts'
import { type MeshTopology, POINTS } from './pure/face-mesh-shape.ts'
import { coordinates, type IdentitySizes } from './pure/identity.ts'

const numbers = z.array(z.number())
const appearanceSchema = z.object({
  version: z.literal(1),
  side: z.int().positive(),
  mean: numbers.length(POINTS * 3),
  stability: numbers.length(POINTS),
  outline: numbers,
  innerLips: numbers,
  eyes: z.array(numbers).length(2),
  ring: z.object({ grow: z.number(), growAbove: z.number(), behind: z.number() }),
  corners: numbers,
  textureAt: numbers,
  shapeMean: numbers.length(POINTS * 3),
  shapeScale: z.number(),
  shapeComponents: z.array(numbers.length(POINTS * 3)),
  textureScales: z.array(z.tuple([z.number(), z.number()])),
})

/** Components are as long as one standard deviation. */
export interface Appearance {
  readonly topology: MeshTopology
  /** x, y of each vertex, ring included, in texture pixels. */
  readonly textureAt: Float64Array
  readonly side: number
  readonly shapeMean: Float64Array
  readonly shapeComponents: readonly Float64Array[]
  readonly sizes: IdentitySizes
  /** Triangles within the lids, and within the lips. */
  readonly openings: { readonly eyes: Uint16Array; readonly mouth: Uint16Array }
  /** Details of a draw, in spreads of brightness; level 0 at full size, each further one at half of the last. */
  texture(weights: Float64Array, level: number): TexturePlanes
  /** Where details of brightness, at an eighth of the size, lie among the components. */
  textureCoordinates(small: Float32Array): Float64Array
}

/** Side of the small textures by which a face is compared with the components. */
export const SMALL_SIDE = 64
/** Sizes of a texture: full, half, quarter, eighth. */
export const LEVELS = 4

/** `sheet`: a grey picture with the mean's and each component's tile below each other. @throws {PermanentFailure} MODEL_NOT_AVAILABLE */
export async function readAppearance(json: Uint8Array, sheet: Uint8Array): Promise<Appearance> {
  const read = appearanceSchema.safeParse(JSON.parse(Buffer.from(json).toString('utf8')))
  if (!read.success) throw new PermanentFailure('MODEL_NOT_AVAILABLE', 'The appearance model does not read.')
  const model = read.data
  const tiles = await readTiles(sheet, model.side, model.textureScales)
  const topology: MeshTopology = {
    mean: Float64Array.from(model.mean),
    stability: Float64Array.from(model.stability),
    outline: model.outline,
    innerLips: model.innerLips,
    eyes: model.eyes,
    ring: model.ring,
    corners: Uint16Array.from(model.corners),
  }
  const [mean, ...components] = tiles
  if (!mean) throw new PermanentFailure('MODEL_NOT_AVAILABLE', 'The appearance model has no textures.')
  const [halfMean = mean, ...halfComponents] = tiles.map((tile) => halfTile(tile, model.side))
  const small = tiles.map(({ luma, scales }) => smaller(luma, model.side).map((v) => v * scales[0]))
  return {
    topology,
    // Their pixel centres lie at whole numbers, ours at halves.
    textureAt: Float64Array.from(model.textureAt, (v) => v + 0.5),
    side: model.side,
    shapeMean: Float64Array.from(model.shapeMean),
    shapeComponents: model.shapeComponents.map((part) =>
      Float64Array.from(part, (v) => v * model.shapeScale),
    ),
    sizes: { shape: model.shapeComponents.length, texture: components.length },
    openings: {
      eyes: trianglesWithin(topology, topology.eyes),
      mouth: trianglesWithin(topology, [topology.innerLips]),
    },
    texture(weights, level) {
      if (level === 0) return planesOf(mixed(mean, components, weights), model.side)
      const half = mixed(halfMean, halfComponents, weights)
      return smallerBy(level - 1, planesOf(half, model.side / 2))
    },
    textureCoordinates: (values) => coordinates(values, small[0] ?? [], small.slice(1)),
  }
}

/** Brightness side x side, then both colour differences at half size. */
interface Tile {
  readonly luma: Int8Array | Float32Array
  readonly chroma: Int8Array | Float32Array
  readonly scales: readonly [number, number]
}

async function readTiles(
  sheet: Uint8Array,
  side: number,
  scales: readonly (readonly [number, number])[],
): Promise<readonly Tile[]> {
  const { data, info } = await sharp(sheet, { limitInputPixels: false })
    .toColourspace('b-w')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
  const width = side + side / 2
  if (info.width !== width || info.height !== side * scales.length || info.channels !== 1)
    throw new PermanentFailure('MODEL_NOT_AVAILABLE', 'The sheet of textures is not the model’s.')
  return scales.map((scale, t) => {
    const luma = new Int8Array(side * side)
    const chroma = new Int8Array((side * side) / 2)
    for (let y = 0; y < side; y++) {
      const row = (t * side + y) * width
      for (let x = 0; x < side; x++) luma[y * side + x] = (data[row + x] ?? 128) - 128
      for (let x = 0; x < side / 2; x++) chroma[(y * side) / 2 + x] = (data[row + side + x] ?? 128) - 128
    }
    return { luma, chroma, scales: [scale[0] / 127, scale[1] / 127] }
  })
}

interface Mixture {
  readonly luma: Float32Array
  readonly chroma: Float32Array
}

function mixed(mean: Tile, components: readonly Tile[], weights: Float64Array): Mixture {
  const luma = new Float32Array(mean.luma.length)
  const chroma = new Float32Array(mean.chroma.length)
  addScaled(luma, mean.luma, mean.scales[0])
  addScaled(chroma, mean.chroma, mean.scales[1])
  for (let k = 0; k < components.length; k++) {
    const tile = components[k]
    if (!tile) continue
    const weight = weights[k] ?? 0
    addScaled(luma, tile.luma, weight * tile.scales[0])
    addScaled(chroma, tile.chroma, weight * tile.scales[1])
  }
  return { luma, chroma }
}

/** The same tile at half the size, each sample the mean of four. */
function halfTile({ luma, chroma, scales }: Tile, side: number): Tile {
  const small = (plane: Int8Array | Float32Array, width: number): Float32Array => {
    const height = plane.length / width
    const out = new Float32Array(plane.length / 4)
    for (let y = 0; y < height / 2; y++) {
      for (let x = 0; x < width / 2; x++) {
        const at = 2 * y * width + 2 * x
        const sum =
          (plane[at] ?? 0) + (plane[at + 1] ?? 0) + (plane[at + width] ?? 0) + (plane[at + width + 1] ?? 0)
        out[(y * width) / 2 + x] = sum / 4
      }
    }
    return out
  }
  return { luma: small(luma, side), chroma: small(chroma, side / 2), scales }
}

function addScaled(into: Float32Array, values: Int8Array | Float32Array, by: number): void {
  for (let i = 0; i < into.length; i++) into[i] = (into[i] ?? 0) + by * (values[i] ?? 0)
}

function planesOf({ luma, chroma }: Mixture, side: number): TexturePlanes {
  const half = side / 2
  const quarter = half * half
  const enlarge = (plane: Float32Array): Float32Array => {
    const out = new Float32Array(side * side)
    for (let y = 0; y < side; y++)
      for (let x = 0; x < side; x++) out[y * side + x] = plane[(y >> 1) * half + (x >> 1)] ?? 0
    return out
  }
  const planes = [luma, enlarge(chroma.subarray(0, quarter)), enlarge(chroma.subarray(quarter))]
  return { width: side, height: side, planes }
}

function smallerBy(halvings: number, texture: TexturePlanes): TexturePlanes {
  return halvings <= 0 ? texture : smallerBy(halvings - 1, halved(texture))
}

/** Means of 4 x 4 samples. */
function smaller(luma: Int8Array | Float32Array, side: number): Float32Array {
  const factor = side / SMALL_SIDE
  const out = new Float32Array(SMALL_SIDE * SMALL_SIDE)
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const at = Math.floor(y / factor) * SMALL_SIDE + Math.floor(x / factor)
      out[at] = (out[at] ?? 0) + (luma[y * side + x] ?? 0) / (factor * factor)
    }
  }
  return out
}

function trianglesWithin({ corners }: MeshTopology, outlines: readonly (readonly number[])[]): Uint16Array {
  const rings = outlines.map((ring) => new Set(ring))
  const kept: number[] = []
  for (let t = 0; t < corners.length; t += 3) {
    const three = [corners[t] ?? 0, corners[t + 1] ?? 0, corners[t + 2] ?? 0]
    if (rings.some((ring) => three.every((corner) => ring.has(corner)))) kept.push(...three)
  }
  return Uint16Array.from(kept)
}
