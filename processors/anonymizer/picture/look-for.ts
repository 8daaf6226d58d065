// Looks for one class with one detector, look by look, and brings what was found into picture pixels.
import type { Detector, RawDetection } from '../detect/detector.ts'
import { backFromLook, isCutBy, type Look } from '../pure/look.ts'
import { suppress } from '../pure/non-maximum-suppression.ts'
import { backFromTurn, type Turn } from '../pure/turned-look.ts'
import type { DecodedPicture } from './decoded-picture.ts'
import { appearances, lookPicture, turnedPicture } from './look-picture.ts'
import type { SizedLook } from './pure/look-sizes.ts'

/** Where several looks see one object, their boxes differ more than those of one look. */
export const ONE_OBJECT = { iou: 0.4, contained: 0.75 }

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
  for (const { look, leastWidth } of looks) {
    for (const appearance of seen) {
      signal.throwIfAborted()
      const pixels = await lookPicture(picture, look, appearance)
      const found = turn
        ? (await detector.detect(await turnedPicture(pixels, turn), threshold)).map((find) =>
            backFromTurn(find, turn, look),
          )
        : await detector.detect(pixels, threshold)
      const wide = found.filter(({ box }) => box[2] - box[0] >= leastWidth)
      finds.push(...ofThisLook(wide, look, picture))
    }
  }
  return looks.length * seen.length > 1 ? suppress(finds, ONE_OBJECT) : finds
}

/** In picture pixels. What a tile cuts is left to its neighbour, unless it is larger than they share: the whole look has it. */
function ofThisLook(
  found: readonly RawDetection[],
  look: Look,
  picture: DecodedPicture,
): readonly RawDetection[] {
  return found.map((find) => backFromLook(look, find)).filter((find) => !isCutBy(look, find.box, picture))
}
