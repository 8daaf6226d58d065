// Says at which sizes a picture is looked at; measured by bench/recall on faces/crowd, portraits and plates/romania.
import { type Look, tileLooks, wholeLook } from '../../pure/look.ts'

/** What a detector is, as far as the size of its looks depends on it. */
export type LookKind = 'face' | 'second-face' | 'plate-quad' | 'plate-text'

export interface SizedLook {
  readonly look: Look
  /** Finds narrower than this, in the look's pixels, are left to a larger look. */
  readonly leastWidth: number
  /** Finds wider than this, in the look's pixels, are left to a smaller look. */
  readonly mostWidth: number
  /** Taken off the score of what this look finds: 0 to 1. */
  readonly doubt: number
}

/** Looks at the picture at its own size, within limits; what is larger than a tile is seen in overlapping tiles. */
interface Size {
  /** A smaller picture is enlarged to this longest side, in pixels, but not more often than `mostEnlarged`. */
  readonly leastSide: number
  readonly mostEnlarged: number
  /** A larger picture is reduced to this area, in pixels: what time grows with, however long and thin it is. */
  readonly mostPixels: number
  readonly leastWidth?: number
  readonly mostWidth?: number
  readonly doubt?: number
}

/**
 * A face that fills the picture is found surely in a look of 480 x 360 (least raw score of 81 portraits .74) and at
 * times not at all in one of 800 x 600 (.05); a face of 12 pixels is found at its own size or, in a small picture, at
 * twice its size. What is 40 wide in the first look is at most 154 in the second, which is what its tiles share.
 */
const SMALL: Size = { leastSide: 1, mostEnlarged: 1, mostPixels: 480 * 360, leastWidth: 40 }
const LARGE: Size = { leastSide: 800, mostEnlarged: 2.5, mostPixels: 2_400_000 }
/**
 * Enough where the large look is one, at the picture's own size: it then loses only faces over 200 pixels. Of pictures
 * enlarged to 1280 this finds .814, the small look .811 (33 and 32 of 33 faces over 200 pixels), at a quarter of the time.
 */
const SMALLEST: Size = { leastSide: 1, mostEnlarged: 1, mostPixels: 240 * 180, leastWidth: 20 }
/** Shows whether a turned look pays: what the small look sees surely (.7) is seen here at .2 by 453 of 456 lying faces. */
const GLANCE: Size = { leastSide: 1, mostEnlarged: 1, mostPixels: 320 * 240 }

const SIZES: Readonly<Record<LookKind, readonly [Size, ...Size[]]>> = {
  face: [SMALL, LARGE],
  /** Measured on the even half of faces/crowd: at 1000 the pair finds .929 at .9 false finds, at 800 .920. */
  'second-face': [{ leastSide: 1000, mostEnlarged: 2.5, mostPixels: 2_400_000 }],
  /**
   * Three small looks find more than two large ones (a plate 200 pixels wide is found surely in one of them) and invent
   * less: models/plates/CARD.md. Only the smallest plates need the picture's own size, where most inventions come from.
   */
  'plate-quad': [
    { leastSide: 1, mostEnlarged: 1, mostPixels: 320 * 200 },
    { leastSide: 1, mostEnlarged: 1, mostPixels: 480 * 300 },
    { leastSide: 800, mostEnlarged: 1.5, mostPixels: 800 * 500 },
    { leastSide: 1, mostEnlarged: 1, mostPixels: 1280 * 960, mostWidth: 40, doubt: 0.1 },
  ],
  'plate-text': [{ leastSide: 1280, mostEnlarged: 1.5, mostPixels: 1280 * 960 }],
}
/** A look that is not this much larger than the one before it shows nothing else. */
const LEAST_STEP = 1.1
/** The largest single look, in pixels: CenterFace takes 250 MB for it, and memory grows with it. */
const ONE_LOOK_PIXELS = 1280 * 960
/** `slicing`: tiles at about full size, so that what is small in a large picture is seen as it is. */
const TILES = { overlap: 0.15, longestSide: 1024, mostTiles: 48 }
const SLICED_TILE_PX = 900

/** The looks of one detector; `slicing` adds overlapping tiles at full size where the picture is larger than one. */
export function looksFor(
  kind: LookKind,
  picture: { readonly width: number; readonly height: number },
  slicing: boolean,
): readonly SizedLook[] {
  const { width, height } = picture
  const sizes = kind === 'face' && isSeenAsItIs(picture) ? [SMALLEST, LARGE] : SIZES[kind]
  const whole = stepsUp(sizes, picture).flatMap((size) =>
    looksOfSize(size, picture).map((look) => sized(look, size)),
  )
  const tiles = slicing ? tileLooks(width, height, { ...TILES, tile: SLICED_TILE_PX }) : []
  return [...whole, ...tiles.map((look) => sized(look))]
}

const sized = (
  look: Look,
  { leastWidth = 0, mostWidth = Infinity, doubt = 0 }: Partial<Size> = {},
): SizedLook => ({
  look,
  leastWidth,
  mostWidth,
  doubt,
})

/** The sizes of which each shows the picture larger than all before it. */
function stepsUp(
  sizes: readonly Size[],
  picture: { readonly width: number; readonly height: number },
): readonly Size[] {
  const sideOf = (size: Size) => {
    const { width, height } = wholeLookOf(size, picture)
    return Math.max(width, height)
  }
  const kept: Size[] = []
  for (const size of sizes) {
    const last = kept.at(-1)
    if (!last || sideOf(size) >= sideOf(last) * LEAST_STEP) kept.push(size)
  }
  return kept
}

/** In one large look at its own size: neither enlarged nor in tiles. */
function isSeenAsItIs({ width, height }: { readonly width: number; readonly height: number }): boolean {
  return Math.max(width, height) > LARGE.leastSide && width * height <= ONE_LOOK_PIXELS
}

/** A look at a whole picture, which tells whether it shows faces of any but the smallest sizes. */
export const smallLook = (picture: { readonly width: number; readonly height: number }): SizedLook =>
  sized(wholeLookOf(SMALL, picture))

/** A cheaper one, which tells whether the small look pays; undefined where it would be the same. */
export const glance = (picture: { readonly width: number; readonly height: number }): Look | undefined =>
  picture.width * picture.height <= GLANCE.mostPixels ? undefined : wholeLookOf(GLANCE, picture)

function looksOfSize(
  size: Size,
  { width, height }: { readonly width: number; readonly height: number },
): readonly Look[] {
  const look = wholeLookOf(size, { width, height })
  if (look.width * look.height <= ONE_LOOK_PIXELS) return [look]
  const longestSide = longestSideOf(size, { width, height })
  const tile = (TILES.longestSide * Math.max(width, height)) / longestSide
  const tiles = tileLooks(width, height, { ...TILES, tile })
  return tiles.length > 0 ? tiles : [look]
}

const wholeLookOf = (size: Size, { width, height }: { width: number; height: number }): Look =>
  wholeLook(width, height, {
    longestSide: longestSideOf(size, { width, height }),
    mostEnlarged: size.mostEnlarged,
  })

function longestSideOf(size: Size, { width, height }: { width: number; height: number }): number {
  const longest = Math.max(width, height)
  const within = longest * Math.sqrt(size.mostPixels / (width * height))
  return Math.max(1, Math.floor(Math.min(Math.max(longest, size.leastSide), within)))
}
