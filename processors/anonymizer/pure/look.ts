// Says how a picture is looked at: which regions, at which size, and how finds come back into picture pixels.
import type { Box, Quad } from '#schemas/detection-document.ts'

/** One run of a detector: a region of the picture (whole pixels) brought to `width` x `height`. */
export interface Look {
  readonly left: number
  readonly top: number
  readonly regionWidth: number
  readonly regionHeight: number
  readonly width: number
  readonly height: number
}

export interface LookPlan {
  /** Longest side of the whole picture in a look, in pixels. */
  readonly longestSide: number
  /** A small picture is enlarged at most this many times. */
  readonly mostEnlarged: number
}

/** One look at all of the picture. */
export function wholeLook(width: number, height: number, plan: LookPlan): Look {
  const scale = Math.min(plan.longestSide / Math.max(width, height), plan.mostEnlarged)
  return scaled({ left: 0, top: 0, regionWidth: width, regionHeight: height }, scale)
}

export interface TilePlan {
  /** Longest side of a tile in picture pixels. */
  readonly tile: number
  /** Part of a tile's side that neighbours share, at least. */
  readonly overlap: number
  /** What a tile's side is brought to, in pixels. */
  readonly longestSide: number
  /** At most this many tiles; a larger picture gets larger tiles. */
  readonly mostTiles: number
}

/** Equal overlapping tiles that cover every pixel, no larger than they must be; none where the picture is no larger than one. */
export function tileLooks(width: number, height: number, plan: TilePlan): readonly Look[] {
  let tile = plan.tile
  while (tilesAlong(width, tile, plan.overlap) * tilesAlong(height, tile, plan.overlap) > plan.mostTiles)
    tile *= 1.1
  if (Math.max(width, height) <= tile) return []
  const columns = tileSpans(width, tile, plan.overlap)
  const rows = tileSpans(height, tile, plan.overlap)
  const scale = plan.longestSide / tile
  return rows.flatMap(([top, bottom]) =>
    columns.map(([left, right]) =>
      scaled({ left, top, regionWidth: right - left, regionHeight: bottom - top }, scale),
    ),
  )
}

const tilesAlong = (size: number, tile: number, overlap: number): number =>
  size <= tile ? 1 : 1 + Math.ceil((size - tile) / (tile * (1 - overlap)))

/** [from, to) of each tile along one axis; neighbours share at least `overlap` of a tile of the plan's size. */
function tileSpans(size: number, tile: number, overlap: number): readonly (readonly [number, number])[] {
  const count = tilesAlong(size, tile, overlap)
  const span = Math.min(size, Math.ceil((size + (count - 1) * overlap * tile) / count))
  return Array.from({ length: count }, (_, i) => {
    const from = count === 1 ? 0 : Math.round(((size - span) * i) / (count - 1))
    return [from, from + span]
  })
}

const scaled = (region: Omit<Look, 'width' | 'height'>, scale: number): Look => ({
  ...region,
  width: Math.max(1, Math.round(region.regionWidth * scale)),
  height: Math.max(1, Math.round(region.regionHeight * scale)),
})

/** A find's place, from a look's pixels to the picture's. */
export function backFromLook<T extends { readonly box: Box; readonly quad?: Quad }>(look: Look, find: T): T {
  const scaleX = look.regionWidth / look.width
  const scaleY = look.regionHeight / look.height
  const x = (value: number): number => look.left + value * scaleX
  const y = (value: number): number => look.top + value * scaleY
  const [x1, y1, x2, y2] = find.box
  const box: Box = [x(x1), y(y1), x(x2), y(y2)]
  if (!find.quad) return { ...find, box }
  const [a, b, c, d] = find.quad
  const corner = (p: readonly [number, number]): [number, number] => [x(p[0]), y(p[1])]
  return { ...find, box, quad: [corner(a), corner(b), corner(c), corner(d)] }
}

/** True where a find touches a side of its look that is not a side of the picture: a neighbour sees it whole. */
export function isCutBy(look: Look, box: Box, picture: { width: number; height: number }): boolean {
  const right = look.left + look.regionWidth
  const bottom = look.top + look.regionHeight
  const near = 1 + Math.max(look.regionWidth / look.width, look.regionHeight / look.height)
  return (
    (look.left > 0 && box[0] <= look.left + near) ||
    (look.top > 0 && box[1] <= look.top + near) ||
    (right < picture.width && box[2] >= right - near) ||
    (bottom < picture.height && box[3] >= bottom - near)
  )
}
