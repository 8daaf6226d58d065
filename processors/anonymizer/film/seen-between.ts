// Says whether two finds, some frames apart, may be one object: whether the pictures between show the one becoming the other.
import type { Box } from '#schemas/detection-document.ts'
import { intersectionOverUnion } from '../pure/box-overlap.ts'
import { followPatch } from '../pure/follow-patch.ts'
import { cutPatch, type GreyPicture } from '../pure/patch-match.ts'
import type { IsSame } from '../pure/track-follow.ts'
import type { HeldGreys } from './held-greys.ts'

/** A plate is followed with what it is fixed to, a part of its height all around: alone it may be flat, or a few rows high. */
const AROUND = 0.5
const LEAST_OVERLAP = 0.2

/**
 * Followed forward from the first or backward from the second, the other is reached. Also true where the pictures are not held
 * or one of the two is too small or too flat to be followed: then nothing is known against it.
 */
export function seenBetween(greys: HeldGreys): IsSame {
  const around = (box: Box): Box => {
    const [x1, y1, x2, y2] = greys.toGrey(box)
    const by = AROUND * (y2 - y1)
    return [x1 - by, y1 - by, x2 + by, y2 + by]
  }
  return (seen, found, frame) => {
    const pictures = heldBetween(greys, seen.frame, frame)
    if (!pictures) return true
    const [here, there] = [around(seen.box), around(found.box)]
    const isSeen = isReached(here, there, pictures)
    return isSeen === undefined || isSeen || (isReached(there, here, pictures.toReversed()) ?? true)
  }
}

/** Both ends included; undefined where one of them is not held. */
function heldBetween(greys: HeldGreys, from: number, to: number): readonly GreyPicture[] | undefined {
  const pictures: GreyPicture[] = []
  for (let frame = from; frame <= to; frame++) {
    const picture = greys.grey(frame)
    if (!picture) return undefined
    pictures.push(picture)
  }
  return pictures
}

/** `start` lies in the first picture, `end` in the last; undefined where there is nothing to follow. */
function isReached(start: Box, end: Box, pictures: readonly GreyPicture[]): boolean | undefined {
  const [picture, ...others] = pictures
  if (!picture || !cutPatch(picture, start)) return undefined
  const speed = [
    (end[0] + end[2] - start[0] - start[2]) / 2 / others.length,
    (end[1] + end[3] - start[1] - start[3]) / 2 / others.length,
  ] as const
  const boxes = followPatch({ picture, box: start, speed }, others)
  const last = boxes.at(-1)
  return (
    boxes.length === others.length && last !== undefined && intersectionOverUnion(last, end) >= LEAST_OVERLAP
  )
}
