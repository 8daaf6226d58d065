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

/** A mean and what is added to it, at full size and at half. */
export interface TextureGroup {
  readonly full: TileStack
  readonly half: TileStack
}

interface TileStack {
  readonly side: number
  /** The mean first. */
  readonly tiles: readonly Tile[]
  /** What of a tile's brightness and colour is looked at. */
  readonly luma: Spans
  readonly chroma: Spans
}

/** The samples of a row that are looked at: indices, the last one not included. */
interface Span {
  readonly from: number
  readonly end: number
}
type Spans = readonly Span[]

/** `inside`: above 0 for each pixel of a tile that lies within the mesh. */
export function textureGroup(side: number, tiles: readonly Tile[], inside: Float32Array): TextureGroup {
  const half = tiles.map((tile) => halfTile(tile, side))
  return { full: stackOf(tiles, side, inside), half: stackOf(half, side / 2, inside) }
}

function stackOf(tiles: readonly Tile[], side: number, inside: Float32Array): TileStack {
  const chroma = spansOf(inside, side / 2)
  const plane = (side * side) / 4
  const second = chroma.map(({ from, end }) => ({ from: from + plane, end: end + plane }))
  return { side, tiles, luma: spansOf(inside, side), chroma: [...chroma, ...second] }
}

/** Pixels around the mesh that are mixed too, at any size: smaller levels mix them into those within. */
const BESIDE = 8

/** `side`: of the plane that the spans are for; `inside` may be a larger square. */
function spansOf(inside: Float32Array, side: number): Spans {
  const insideSide = Math.round(Math.sqrt(inside.length))
  const factor = insideSide / side
  const rows = Array.from({ length: side }, (_, y) =>
    spanOf(inside.subarray(y * factor * insideSide, (y * factor + 1) * insideSide), factor),
  )
  return rows.flatMap((_, y) => {
    const near = rows.slice(Math.max(0, y - BESIDE), y + BESIDE + 1).filter(({ from, end }) => from < end)
    if (near.length === 0) return []
    const from = Math.max(0, Math.min(...near.map((span) => span.from)) - BESIDE)
    const end = Math.min(side, Math.max(...near.map((span) => span.end)) + BESIDE)
    return [{ from: y * side + from, end: y * side + end }]
  })
}

/** From the first to behind the last value above 0, of every so many; empty where there is none. */
function spanOf(row: Float32Array, factor: number): Span {
  let [from, end] = [row.length, 0]
  for (let x = 0; x * factor < row.length; x++) {
    if (!((row[x * factor] ?? 0) > 0)) continue
    from = Math.min(from, x)
    end = x + 1
  }
  return { from, end }
}

/**
 * Details of a draw, in spreads of brightness; level 0 at full size, each further one at half of the last. Noughts far
 * outside the mesh.
 */
export function mixedTexture(group: TextureGroup, weights: Float64Array, level: number): TexturePlanes {
  if (level === 0) return planesOf(mixed(group.full, weights), group.full.side)
  return smallerBy(level - 1, planesOf(mixed(group.half, weights), group.half.side))
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

function mixed({ tiles, luma, chroma }: TileStack, weights: Float64Array): Mixture {
  const by = (plane: 0 | 1): number[] =>
    tiles.map(({ scales }, k) => scales[plane] * (k === 0 ? 1 : (weights[k - 1] ?? 0)))
  return {
    luma: weightedSum(
      tiles.map((tile) => tile.luma),
      by(0),
      luma,
    ),
    chroma: weightedSum(
      tiles.map((tile) => tile.chroma),
      by(1),
      chroma,
    ),
  }
}

/** Four at a time: the sum is then read and written a quarter as often. */
function weightedSum(planes: readonly Int8Array[], by: readonly number[], spans: Spans): Float32Array {
  const count = planes[0]?.length ?? 0
  const out = new Float32Array(count)
  const none = new Int8Array(count)
  for (let k = 0; k < planes.length; k += 4) {
    const [a = none, b = none, c = none, d = none] = planes.slice(k, k + 4)
    const four = { tiles: [a, b, c, d], by: by.slice(k, k + 4) } as const
    for (const span of spans) addFour(out, four, span)
  }
  return out
}

/** A loop of its own is compiled as a whole: within another V8 leaves its best code at the end of each inner loop. */
function addFour(out: Float32Array, { tiles, by }: Four, { from, end }: Span): void {
  const [a, b, c, d] = tiles
  const [wa = 0, wb = 0, wc = 0, wd = 0] = by
  for (let i = from; i < end; i++)
    out[i] = (out[i] ?? 0) + wa * (a[i] ?? 0) + wb * (b[i] ?? 0) + wc * (c[i] ?? 0) + wd * (d[i] ?? 0)
}

interface Four {
  readonly tiles: readonly [Int8Array, Int8Array, Int8Array, Int8Array]
  readonly by: readonly number[]
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
