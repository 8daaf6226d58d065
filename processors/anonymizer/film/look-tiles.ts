// Cuts a frame into overlapping tiles at full size, for detectors that would not see what is small in the whole frame.
import type { Frame } from 'node-av/lib'
import type { RawDetection, RgbPicture } from '../detect/detector.ts'
import { isCutBy, type Look, tileLooks } from '../pure/look.ts'
import type { FilmFacts } from './inspect-film.ts'
import { turnRgb } from './pure/rotation.ts'
import { type ScaledPictures, scaledPictures } from './scaled-picture.ts'

export interface FrameTiles extends Disposable {
  /** Asks `find` about each tile and gives all finds in displayed pixels, without those that a tile's side cuts. */
  findInTiles(
    frame: Frame,
    find: (tile: RgbPicture) => Promise<readonly RawDetection[]>,
  ): Promise<readonly RawDetection[]>
}

/** Sides are multiples of what every model takes. */
const TILES = { tile: 960, overlap: 0.2, longestSide: 960, mostTiles: 24 }

export function frameTiles(facts: FilmFacts): FrameTiles {
  const { stored, displayed, rotation } = facts
  const looks = tileLooks(displayed.width, displayed.height, TILES)
  const scaled: ScaledPictures | undefined =
    looks.length > 0
      ? scaledPictures({ ...stored, room: stored, format: 'rgb24', filter: 'bicubic' })
      : undefined
  const upright = new Uint8Array(looks.length > 0 ? displayed.width * displayed.height * 3 : 0)
  const stride = displayed.width * 3
  return {
    async findInTiles(frame, find) {
      if (!scaled) return []
      turnRgb(scaled.scaleRows(frame), stored, rotation, { data: upright, stride })
      const finds: RawDetection[] = []
      for (const look of looks) {
        const inTile = await find(cut(upright, stride, look))
        finds.push(
          ...inTile.map((each) => moved(each, look)).filter(({ box }) => !isCutBy(look, box, displayed)),
        )
      }
      return finds
    },
    [Symbol.dispose]: () => scaled?.[Symbol.dispose](),
  }
}

function cut(data: Uint8Array, stride: number, look: Look): RgbPicture {
  const { left, top, regionWidth: width, regionHeight: height } = look
  const tile = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y++) {
    const from = (top + y) * stride + left * 3
    tile.set(data.subarray(from, from + width * 3), y * width * 3)
  }
  return { data: tile, width, height }
}

function moved(find: RawDetection, { left, top }: Look): RawDetection {
  const [x1, y1, x2, y2] = find.box
  const box: RawDetection['box'] = [x1 + left, y1 + top, x2 + left, y2 + top]
  if (!find.quad) return { ...find, box }
  const [a, b, c, d] = find.quad
  const corner = (p: readonly [number, number]): [number, number] => [p[0] + left, p[1] + top]
  return { ...find, box, quad: [corner(a), corner(b), corner(c), corner(d)] }
}
