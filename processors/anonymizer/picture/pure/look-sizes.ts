// Says at which sizes a picture is looked at for each class; measured by bench/recall on faces/crowd and plates/romania.
import { type Look, tileLooks, wholeLook } from '../../pure/look.ts'

/** Longest side of a look, in pixels, for pictures up to `upTo` on their longest side. */
interface Size {
  readonly longestSide: number
  readonly mostEnlarged: number
}

/** A small picture is enlarged: faces of 12 pixels are found at 20. */
const SMALL_PICTURE_PX = 1000
const FACE_SMALL: readonly Size[] = [{ longestSide: 800, mostEnlarged: 2.5 }]
/** A large one is seen twice: near faces in the first look, far ones in the second. */
const FACE_LARGE: readonly Size[] = [
  { longestSide: 640, mostEnlarged: 1 },
  { longestSide: 1344, mostEnlarged: 1 },
]
const PLATE: readonly Size[] = [{ longestSide: 1280, mostEnlarged: 1.5 }]
/** Tiles at about full size, so that what is small in a large picture is seen as it is. */
const TILES = { tile: 900, overlap: 0.2, longestSide: 1024, mostTiles: 48 }

/** The looks for one class; `slicing` adds overlapping tiles. */
export function looksFor(
  kind: 'face' | 'plate',
  picture: { readonly width: number; readonly height: number },
  slicing: boolean,
): readonly Look[] {
  const { width, height } = picture
  const faceSizes = Math.max(width, height) <= SMALL_PICTURE_PX ? FACE_SMALL : FACE_LARGE
  const whole = (kind === 'face' ? faceSizes : PLATE).map((size) => wholeLook(width, height, size))
  return slicing ? [...whole, ...tileLooks(width, height, TILES)] : whole
}
