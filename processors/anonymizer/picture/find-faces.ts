// Finds the faces of a picture: upright ones always, lying ones where there may be some, with a second opinion where asked.
import type { Detector, RawDetection } from '../detect/detector.ts'
import { suppress } from '../pure/non-maximum-suppression.ts'
import { joinOpinions, leastOpinion } from '../pure/second-opinion.ts'
import { facesMayLie, SURE, TURNS } from '../pure/turned-look.ts'
import type { DecodedPicture } from './decoded-picture.ts'
import { hintedTurns } from './hinted-turns.ts'
import { lookFor, ONE_OBJECT } from './look-for.ts'
import { looksFor, smallLook } from './pure/look-sizes.ts'

/** Boxes between two detectors' lie closer together than those of two looks. */
const ONE_JOINED_OBJECT = { iou: 0.45, contained: 0.75 }

export interface FaceSearch {
  readonly face: Detector
  /** Asked besides the first where thoroughness is wanted. */
  readonly secondFace: Detector | undefined
  readonly threshold: number
  /** Tiles, the second opinion, and turned looks whatever the upright ones found. */
  readonly thorough: boolean
}

/** @throws {PermanentFailure} DETECTION_FAILED; the signal's reason */
export async function findFaces(
  picture: DecodedPicture,
  search: FaceSearch,
  signal: AbortSignal,
): Promise<readonly RawDetection[]> {
  const upright = await uprightFaces(picture, search, signal)
  if (!search.thorough && !facesMayLie(upright)) return upright
  const lying = await lyingFaces(picture, search, signal)
  return lying.length === 0 ? upright : suppress([...upright, ...lying], ONE_OBJECT)
}

/** With a second detector, what both see at low scores counts as one sees it at a high one. */
async function uprightFaces(
  picture: DecodedPicture,
  { face, secondFace, threshold, thorough }: FaceSearch,
  signal: AbortSignal,
): Promise<readonly RawDetection[]> {
  const looks = looksFor('face', picture, thorough)
  if (!thorough || !secondFace) return lookFor(picture, { detector: face, threshold, looks }, signal)
  const faint = leastOpinion(threshold)
  const first = await lookFor(picture, { detector: face, threshold: faint, looks }, signal)
  const others = looksFor('second-face', picture, thorough)
  const second = await lookFor(picture, { detector: secondFace, threshold: faint, looks: others }, signal)
  const joined = joinOpinions(first, second).filter((find) => find.score >= threshold)
  return suppress(joined, ONE_JOINED_OBJECT)
}

/** A glance tells in which turns a small look pays, and that whether the larger ones do. */
async function lyingFaces(
  picture: DecodedPicture,
  { face, threshold, thorough }: FaceSearch,
  signal: AbortSignal,
): Promise<readonly RawDetection[]> {
  const finds: RawDetection[] = []
  const sure = { detector: face, threshold: Math.max(threshold, SURE) }
  for (const turn of thorough ? TURNS : await hintedTurns(picture, face, signal)) {
    const seen = await lookFor(picture, { ...sure, looks: [smallLook(picture)], turn }, signal)
    if (seen.length === 0) continue
    const looks = looksFor('face', picture, thorough)
    finds.push(...seen, ...(await lookFor(picture, { ...sure, looks, turn }, signal)))
  }
  return finds
}
