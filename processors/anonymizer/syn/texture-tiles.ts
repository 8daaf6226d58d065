// The sheet of tiles that the appearance model's textures are kept in, and mixtures of them.
import sharp from 'sharp'
import { PermanentFailure } from '#runtime/failure.ts'
import { halved, type TexturePlanes } from './pure/draw-texture.ts'

/** Brightness side x side, then both colour differences at half size. */
export interface Tile {
  readonly luma: Int8Array
  readonly chroma: Int8Array
  readonly scales: readonly [number, number]
}

/** A mean and what is added to it. */
export interface TextureGroup {
  readonly side: number
  readonly mean: Tile
  readonly components: readonly Tile[]
  readonly halfMean: Tile
  readonly halfComponents: readonly Tile[]
}

export function textureGroup(side: number, mean: Tile, components: readonly Tile[]): TextureGroup {
  const half = (tile: Tile): Tile => halfTile(tile, side)
  return { side, mean, components, halfMean: half(mean), halfComponents: components.map(half) }
}

/** Details of a draw, in spreads of brightness; level 0 at full size, each further one at half of the last. */
export function mixedTexture(group: TextureGroup, weights: Float64Array, level: number): TexturePlanes {
  const { side } = group
  if (level === 0) return planesOf(mixed(group.mean, group.components, weights), side)
  return smallerBy(level - 1, planesOf(mixed(group.halfMean, group.halfComponents, weights), side / 2))
}

/** `sheet`: a grey picture with the tiles below each other. @throws {PermanentFailure} MODEL_NOT_AVAILABLE */
export async function readTiles(
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
      aroundZero(data.subarray(row, row + side), luma, y * side)
      aroundZero(data.subarray(row + side, row + width), chroma, (y * side) / 2)
    }
    return { luma, chroma, scales: [scale[0] / 127, scale[1] / 127] }
  })
}

/** 128 is zero in a sheet. */
function aroundZero(row: Uint8Array, into: Int8Array, from: number): void {
  for (let x = 0; x < row.length; x++) into[from + x] = (row[x] ?? 128) - 128
}

/** Means of squares of samples, in the tile's own unit. `to`: side of the result. */
export function smallLuma(
  { luma, scales }: { readonly luma: ArrayLike<number>; readonly scales: readonly [number, number] },
  side: number,
  to: number,
): Float32Array {
  const factor = side / to
  const by = scales[0] / (factor * factor)
  const out = new Float32Array(to * to)
  for (let y = 0; y < side; y++) {
    const row = Math.floor(y / factor) * to
    for (let cell = 0; cell < to; cell++) {
      const from = y * side + Math.ceil(cell * factor)
      const end = y * side + Math.ceil((cell + 1) * factor)
      out[row + cell] = (out[row + cell] ?? 0) + by * sumOf(luma, from, end)
    }
  }
  return out
}

function sumOf(values: ArrayLike<number>, from: number, end: number): number {
  let sum = 0
  for (let i = from; i < end; i++) sum += values[i] ?? 0
  return sum
}

interface Mixture {
  readonly luma: Float32Array
  readonly chroma: Float32Array
}

function mixed(mean: Tile, components: readonly Tile[], weights: Float64Array): Mixture {
  const tiles = [mean, ...components]
  const by = (plane: 0 | 1): number[] =>
    tiles.map(({ scales }, k) => scales[plane] * (k === 0 ? 1 : (weights[k - 1] ?? 0)))
  return {
    luma: weightedSum(
      tiles.map(({ luma }) => luma),
      by(0),
    ),
    chroma: weightedSum(
      tiles.map(({ chroma }) => chroma),
      by(1),
    ),
  }
}

/** Four at a time: the sum is then read and written a quarter as often. */
function weightedSum(planes: readonly Int8Array[], by: readonly number[]): Float32Array {
  const count = planes[0]?.length ?? 0
  const out = new Float32Array(count)
  const none = new Int8Array(count)
  for (let k = 0; k < planes.length; k += 4) {
    const [a = none, b = none, c = none, d = none] = planes.slice(k, k + 4)
    addFour(out, [a, b, c, d], by.slice(k, k + 4))
  }
  return out
}

/** A loop of its own is compiled as a whole: within another V8 leaves its best code at the end of each inner loop. */
function addFour(
  out: Float32Array,
  [a, b, c, d]: readonly [Int8Array, Int8Array, Int8Array, Int8Array],
  [wa = 0, wb = 0, wc = 0, wd = 0]: readonly number[],
): void {
  for (let i = 0; i < out.length; i++)
    out[i] = (out[i] ?? 0) + wa * (a[i] ?? 0) + wb * (b[i] ?? 0) + wc * (c[i] ?? 0) + wd * (d[i] ?? 0)
}

/** The same tile at half the size, each sample the mean of four, rounded. */
function halfTile({ luma, chroma, scales }: Tile, side: number): Tile {
  return { luma: halfPlane(luma, side), chroma: halfPlane(chroma, side / 2), scales }
}

function halfPlane(plane: Int8Array, width: number): Int8Array {
  const half = width / 2
  const out = new Int8Array(plane.length / 4)
  for (let at = 0; at < out.length; at += half) {
    const row = plane.subarray(at * 4, at * 4 + 2 * width)
    halfRow(row, width, out.subarray(at, at + half))
  }
  return out
}

/** `rows`: two, after each other. */
function halfRow(rows: Int8Array, width: number, into: Int8Array): void {
  for (let x = 0; x < into.length; x++) {
    const at = 2 * x
    const sum = (rows[at] ?? 0) + (rows[at + 1] ?? 0) + (rows[at + width] ?? 0) + (rows[at + width + 1] ?? 0)
    into[x] = (sum + 2) >> 2
  }
}

function planesOf({ luma, chroma }: Mixture, side: number): TexturePlanes {
  const half = side / 2
  const quarter = half * half
  const enlarge = (plane: Float32Array): Float32Array => {
    const out = new Float32Array(side * side)
    for (let y = 0; y < side; y += 2) {
      const row = out.subarray(y * side, (y + 1) * side)
      widen(plane.subarray((y >> 1) * half, ((y >> 1) + 1) * half), row)
      out.set(row, (y + 1) * side)
    }
    return out
  }
  const planes = [luma, enlarge(chroma.subarray(0, quarter)), enlarge(chroma.subarray(quarter))]
  return { width: side, height: side, planes }
}

/** Each value twice. */
function widen(values: Float32Array, into: Float32Array): void {
  for (let x = 0; x < into.length; x++) into[x] = values[x >> 1] ?? 0
}

const smallerBy = (halvings: number, texture: TexturePlanes): TexturePlanes =>
  halvings <= 0 ? texture : smallerBy(halvings - 1, halved(texture))
