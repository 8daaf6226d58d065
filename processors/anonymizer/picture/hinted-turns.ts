// Tells by a glance at the picture in each turn where lying faces may be; most pictures without a face show no hint.
import type { Detector } from '../detect/detector.ts'
import { HINT, TURNS, type Turn } from '../pure/turned-look.ts'
import type { DecodedPicture } from './decoded-picture.ts'
import { appearances, lookPicture, turnedPicture } from './look-picture.ts'
import { glance } from './pure/look-sizes.ts'

/** The turns that are worth a larger look; all of them where a glance would be no smaller. @throws {PermanentFailure} DETECTION_FAILED; the signal's reason */
export async function hintedTurns(
  picture: DecodedPicture,
  face: Detector,
  signal: AbortSignal,
): Promise<readonly Turn[]> {
  const look = glance(picture)
  if (!look) return TURNS
  const hinted = new Set<Turn>()
  for (const appearance of appearances(picture)) {
    const pixels = await lookPicture(picture, look, appearance)
    for (const turn of TURNS) {
      signal.throwIfAborted()
      const finds = await face.detect(await turnedPicture(pixels, turn), HINT)
      if (finds.length > 0) hinted.add(turn)
    }
  }
  return TURNS.filter((turn) => hinted.has(turn))
}
