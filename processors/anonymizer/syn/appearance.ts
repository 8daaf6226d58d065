// The appearance model in memory: mesh, statistics and components of faces, as models/training/appearance computed them.
import { PermanentFailure } from '#runtime/failure.ts'
import { type AppearanceFile, appearanceSchema } from './appearance-schema.ts'
import { drawVertexValues, type TexturePlanes } from './pure/draw-texture.ts'
import { type MeshTopology, POINTS } from './pure/face-mesh-shape.ts'
import { coordinates, type Identity } from './pure/identity.ts'
import {
  type Conditions,
  conditionsOf,
  type Follows,
  type IdentityPrior,
  identityPrior,
} from './pure/identity-prior.ts'
import {
  BESIDE_INNER_LIPS,
  detailStrength,
  hairRoom,
  nearOutline,
  shapeForgotten,
  shapeMoves,
  WITHIN_LIPS,
} from './pure/mesh-regions.ts'
import { gradientsOf, productsOf } from './pure/texture-products.ts'
import { withWholeOutline } from './pure/whole-outline.ts'
import { mixedTexture, readTiles, smallLuma, textureGroup } from './texture-tiles.ts'

/** Components are as long as one standard deviation. */
export interface Appearance {
  readonly topology: MeshTopology
  /** x, y of each vertex, ring included, in texture pixels. */
  readonly textureAt: Float64Array
  readonly side: number
  readonly shapeMean: Float64Array
  readonly shapeComponents: readonly Float64Array[]
  /** Triangles within and around the lips; 1 for a vertex where the original's mouth is kept. */
  readonly mouth: Opening
  /** The same of the lips as a whole. */
  readonly lips: Opening
  /** For each group and vertex: how much of hair over it may stay. */
  readonly hairRooms: readonly Float32Array[]
  /** For each vertex: how much of the details is drawn. */
  readonly strength: Float32Array
  /** For each vertex: 1 at the outline and beyond. For each point: how far it goes towards an identity's shape. */
  readonly nearOutline: Float32Array
  readonly moves: Float64Array
  /** For each point: how much of what the components cannot say of a shape is forgotten. */
  readonly forgotten: Float64Array
  /** 1 for each pixel of SMALL_SIDE x SMALL_SIDE that lies within the outline. */
  readonly smallInside: Float32Array
  /** Details of a draw, in spreads of brightness; level 0 at full size, each further one at half of the last. */
  texture(identity: Identity, level: number): TexturePlanes
  /** What an identity in place of a face may look like. `small`: details of its brightness, SMALL_SIDE a side. */
  prior(small: Float32Array, upright: Float64Array): IdentityPrior
  /** A face that nobody was seen for: of the mean looks of a group. */
  priorOfGroup(group: number): IdentityPrior
  /** Where details of brightness lie among a group's components. */
  textureCoordinates(small: Float32Array, group: number): Float64Array
}

export interface Opening {
  readonly corners: Uint16Array
  readonly weights: Float32Array
}

/** Index of the group of textures that has no beards. */
const BEARDLESS = 1
/** Side of the small textures by which a face is compared with the components. */
export const SMALL_SIDE = 64
/** Sizes of a texture: full, half, quarter, eighth. */
export const LEVELS = 4

/** `sheet`: a grey picture with each group's mean and components below each other. @throws {PermanentFailure} MODEL_NOT_AVAILABLE */
export async function readAppearance(json: Uint8Array, sheet: Uint8Array): Promise<Appearance> {
  const read = appearanceSchema.safeParse(JSON.parse(Buffer.from(json).toString('utf8')))
  if (!read.success) throw new PermanentFailure('MODEL_NOT_AVAILABLE', 'The appearance model does not read.')
  const model = read.data
  const { side, groups } = model
  const tiles = await readTiles(sheet, side, model.textureScales)
  const topology = topologyOf(model)
  // Their pixel centres lie at whole numbers, ours at halves.
  const textureAt = Float64Array.from(model.textureAt, (v) => v + 0.5)
  const everywhere = new Float32Array(POINTS + topology.outline.length).fill(1)
  const looked = drawVertexValues(textureAt, topology.corners, everywhere, side)
  const textures = groups.map(({ components }, g) => {
    const from = groups.slice(0, g).reduce((sum, before) => sum + before.components + 1, 0)
    const [mean, ...rest] = tiles.slice(from, from + 1 + components)
    if (!mean || rest.length !== components)
      throw new PermanentFailure('MODEL_NOT_AVAILABLE', 'The appearance model has too few textures.')
    const small = [mean, ...rest].map((tile) => smallLuma(tile, side, SMALL_SIDE))
    return { ...textureGroup(side, [mean, ...rest], looked), small }
  })
  const { conditionsFor, coordinatesFor } = priorsOf(model)
  const isInside = smallInside(topology, textureAt, side)
  const eyes = eyeBand(textureAt, side)
  const products = textures.map(({ small: [, ...parts] }) => ({
    aroundEyes: productsOf(parts.map((tile) => tile.subarray(...eyes))),
    gradients: productsOf(parts.map((tile) => gradientsOf(tile, isInside))),
  }))
  const priorFor = (seen: Conditions): IdentityPrior => {
    const prior = coordinatesFor(seen)
    return { ...prior, ...partOf(products, prior.group) }
  }
  return {
    ...{ topology, textureAt, side },
    shapeMean: Float64Array.from(model.shapeMean),
    shapeComponents: model.shapeComponents.map((part) =>
      Float64Array.from(part, (v) => v * model.shapeScale),
    ),
    mouth: openingAround(topology, [...topology.innerLips, ...BESIDE_INNER_LIPS]),
    lips: openingAround(topology, [...topology.innerLips, ...WITHIN_LIPS]),
    hairRooms: groups.map((_, group) => hairRoom(topology, group === BEARDLESS)),
    strength: detailStrength(topology),
    nearOutline: nearOutline(topology),
    moves: shapeMoves(topology),
    forgotten: shapeForgotten(topology),
    smallInside: isInside,
    texture: ({ group, texture }, level) => mixedTexture(partOf(textures, group), texture, level),
    prior: (small, upright) => priorFor(conditionsFor(small, upright)),
    priorOfGroup: (group) =>
      priorFor({
        looks: model.conditions.looks.map((_, i) => (i === 0 ? (group === 1 ? 9 : -9) : 0)),
        moods: model.conditions.moods.map(() => 0),
      }),
    textureCoordinates(values, group) {
      const { small } = partOf(textures, group)
      return coordinates(values, small[0] ?? [], small.slice(1))
    },
  }
}

function partOf<T>(parts: readonly T[], index: number): T {
  const part = parts[index]
  if (!part) throw new RangeError(`no group ${index}`)
  return part
}

function topologyOf(model: AppearanceFile): MeshTopology {
  return {
    mean: Float64Array.from(model.mean),
    stability: Float64Array.from(model.stability),
    outline: model.outline,
    innerLips: model.innerLips,
    outerLips: model.outerLips,
    eyes: model.eyes,
    ring: model.ring,
    corners: withWholeOutline(model.corners, model.outline),
  }
}

function priorsOf({ conditions, groups }: AppearanceFile): {
  readonly conditionsFor: (small: Float32Array, upright: Float64Array) => Conditions
  readonly coordinatesFor: (conditions: Conditions) => Omit<IdentityPrior, 'aroundEyes' | 'gradients'>
} {
  const followed = ({
    left,
    ...rest
  }: AppearanceFile['groups'][number] | AppearanceFile['conditions']['shape']): Follows => ({
    ...rest,
    left: Float64Array.from(left),
  })
  const seenSide = Math.round(Math.sqrt(conditions.seenMean.length))
  const told = {
    ...conditions,
    looks: conditions.looks.map((row) => row.map((v) => v * conditions.looksScale)),
  }
  const model = { border: conditions.border, groups: groups.map(followed), shape: followed(conditions.shape) }
  return {
    conditionsFor: (small, upright) => {
      const seen = smallLuma({ luma: small, scales: [1, 1] }, SMALL_SIDE, seenSide)
      return conditionsOf(seen, upright, told)
    },
    coordinatesFor: (seen) => {
      const prior = identityPrior(seen, model)
      if (!prior) throw new RangeError('no group of textures')
      return prior
    },
  }
}

/** Points of the mesh above the brows and below the eyes. */
const ABOVE_BROWS = 105
const BELOW_EYES = 145

/** From and to where rows of a small texture lie around brows and eyes. */
function eyeBand(textureAt: Float64Array, side: number): readonly [number, number] {
  const row = (point: number): number =>
    Math.round(((textureAt[point * 2 + 1] ?? 0) * SMALL_SIDE) / side) * SMALL_SIDE
  return [row(ABOVE_BROWS) - SMALL_SIDE, row(BELOW_EYES) + 2 * SMALL_SIDE]
}

function smallInside(
  { corners, outline }: MeshTopology,
  textureAt: Float64Array,
  side: number,
): Float32Array {
  const values = Float32Array.from({ length: POINTS + outline.length }, (_, i) => (i < POINTS ? 1 : 0))
  const at = textureAt.map((value) => (value * SMALL_SIDE) / side)
  return drawVertexValues(at, corners, values, SMALL_SIDE).map((value) => (value > 0.98 ? 1 : 0))
}

/** Triangles with a corner in the ring: those at its border fade. */
function openingAround({ corners }: MeshTopology, points: readonly number[]): Opening {
  const ring = new Set(points)
  const kept: number[] = []
  for (let t = 0; t < corners.length; t += 3) {
    const three = [corners[t] ?? 0, corners[t + 1] ?? 0, corners[t + 2] ?? 0]
    if (three.some((corner) => ring.has(corner))) kept.push(...three)
  }
  const most = corners.reduce((a, b) => Math.max(a, b), 0)
  return {
    corners: Uint16Array.from(kept),
    weights: Float32Array.from({ length: most + 1 }, (_, i) => (ring.has(i) ? 1 : 0)),
  }
}
