// Says at which sizes a picture is looked at; measured by bench/recall on faces/crowd, portraits and plates/romania.
import { type Look, tileLooks, wholeLook } from '../../pure/look.ts'

/** What a detector is, as far as the size of its looks depends on it. */
export type LookKind = 'face' | 'plate-quad' | 'plate-text'

export interface SizedLook {
  readonly look: Look
  /** Finds narrower than this, in the look's pixels, are left to a larger look. */
  readonly leastWidth: number
}

interface Size {
  /** Longest side of the look, in pixels. */
  readonly longestSide: number
  readonly mostEnlarged: number
  readonly leastWidth: number
}

/** For pictures of at most this longest side, in pixels. */
const SMALL_PICTURE_PX = 1000

/**
 * A face that fills the picture is found surely at 320 (least raw score of 81 portraits .81) and at times not at all at
 * 800 (.05); a face of 12 pixels in a picture of 400 is found at 800 and not at 320.
 */
const NEAR_FACES: Size = { longestSide: 320, mostEnlarged: 1, leastWidth: 40 }
const SMALL: Readonly<Record<LookKind, readonly Size[]>> = {
  face: [NEAR_FACES, { longestSide: 800, mostEnlarged: 2.5, leastWidth: 0 }],
  'plate-quad': [{ longestSide: 960, mostEnlarged: 1.5, leastWidth: 0 }],
  'plate-text': [{ longestSide: 1280, mostEnlarged: 1.5, leastWidth: 0 }],
}
const LARGE: Readonly<Record<LookKind, readonly Size[]>> = {
  face: [
    NEAR_FACES,
    { longestSide: 640, mostEnlarged: 1, leastWidth: 0 },
    { longestSide: 1344, mostEnlarged: 1, leastWidth: 0 },
  ],
  'plate-quad': [{ longestSide: 1280, mostEnlarged: 1, leastWidth: 0 }],
  'plate-text': SMALL['plate-text'],
}
/** Tiles at about full size, so that what is small in a large picture is seen as it is. */
const TILES = { tile: 900, overlap: 0.2, longestSide: 1024, mostTiles: 48 }

/** The looks of one detector; `slicing` adds overlapping tiles where the picture is larger than one. */
export function looksFor(
  kind: LookKind,
  { width, height }: { readonly width: number; readonly height: number },
  slicing: boolean,
): readonly SizedLook[] {
  const sizes = (Math.max(width, height) <= SMALL_PICTURE_PX ? SMALL : LARGE)[kind]
  const whole = sizes.map((size) => ({ look: wholeLook(width, height, size), leastWidth: size.leastWidth }))
  const tiles = slicing ? tileLooks(width, height, TILES) : []
  return [...whole, ...tiles.map((look) => ({ look, leastWidth: 0 }))]
}
