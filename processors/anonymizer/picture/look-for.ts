// Looks for one class with one detector, look by look, and brings what was found into picture pixels.
import type { Detector, RawDetection } from '../detect/detector.ts'
import { backFromLook, isCutBy, type Look } from '../pure/look.ts'
import { suppress } from '../pure/non-maximum-suppression.ts'
import { backFromTurn, type Turn } from '../pure/turned-look.ts'
import type { DecodedPicture } from './decoded-picture.ts'
import { appearances, lookPicture, turnedPicture } from './look-picture.ts'
import { atCommonPlace } from './pure/common-place.ts'
import type { SizedLook } from './pure/look-sizes.ts'

/** Where several looks see one object, their boxes differ more than those of one look. */
export const ONE_OBJECT = { iou: 0.4, contained: 0.75 }
/** A lit letter is at times surer a plate than the plate that it stands on. */
const ONE_PLATE = { ...ONE_OBJECT, wholeStays: true }

export interface Search {
  readonly detector: Detector
  readonly threshold: number
  readonly looks: readonly SizedLook[]
  /** The detector sees the picture turned; what it finds is told as it lies. */
  readonly turn?: Turn
}

/** One find per object. @throws {PermanentFailure} DETECTION_FAILED; the signal's reason */
export async function lookFor(
  picture: DecodedPicture,
  { detector, threshold, looks, turn }: Search,
  signal: AbortSignal,
): Promise<readonly RawDetection[]> {
  const seen = appearances(picture)
  const finds: RawDetection[] = []
  for (const { look, leastWidth, mostWidth, doubt } of looks) {
    for (const appearance of seen) {
      signal.throwIfAborted()
      const pixels = await lookPicture(picture, look, appearance)
      const seenAs = turn ? await turnedPicture(pixels, turn) : pixels
      const told = await detector.detect(seenAs, Math.min(1, threshold + doubt))
      const found = turn ? told.map((find) => backFromTurn(find, turn, look)) : told
      const fitting = found.filter(({ box }) => fits(box[2] - box[0], leastWidth, mostWidth))
      const doubted = fitting.map((find) => ({ ...find, score: find.score - doubt }))
      finds.push(...ofThisLook(doubted, look, picture))
    }
  }
  if (looks.length * seen.length === 1) return finds
  if (detector.lookKind !== 'plate-quad') return suppress(finds, ONE_OBJECT)
  return suppress(finds, ONE_PLATE).map((find) => atCommonPlace(find, finds, ONE_PLATE.iou))
}

const fits = (width: number, least: number, most: number): boolean => width >= least && width <= most

/** In picture pixels. What a tile cuts is left to its neighbour, unless it is larger than they share: the whole look has it. */
function ofThisLook(
  found: readonly RawDetection[],
  look: Look,
  picture: DecodedPicture,
): readonly RawDetection[] {
  return found.map((find) => backFromLook(look, find)).filter((find) => !isCutBy(look, find.box, picture))
}
