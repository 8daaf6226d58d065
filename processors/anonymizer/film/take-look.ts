// Takes one look at a frame, whole, in tiles or in parts; whatever goes wrong is a detector without a result.
import { PermanentFailure } from '#runtime/failure.ts'
import type { Box } from '#schemas/detection-document.ts'
import type { Detector, RawDetection } from '../detect/detector.ts'
import { suppress } from '../pure/non-maximum-suppression.ts'
import { isLegible } from '../pure/plate-legibility.ts'
import type { FrameToWatch } from './frame-to-watch.ts'
import type { LookPictures } from './look-picture.ts'
import { findInRegions } from './look-regions.ts'
import type { FrameTiles } from './look-tiles.ts'
import { ONE_OBJECT } from './pure/one-object.ts'

export interface LookWith {
  readonly detector: Detector
  readonly pictures: LookPictures
  /** Looks at tiles besides. */
  readonly tiles?: FrameTiles | undefined
  /** Finds down to this score. */
  readonly faint: number
}

/** Finds in displayed pixels. @throws {PermanentFailure} DETECTION_FAILED, whatever went wrong */
export async function lookAt(
  options: LookWith,
  { frame, index }: FrameToWatch,
): Promise<readonly RawDetection[]> {
  const { detector, pictures, tiles, faint } = options
  try {
    const whole = await detector.detect(pictures.look(frame, index), faint)
    const finds = whole.map((find) => scaledFind(find, pictures))
    if (!tiles) return finds.filter(isLegible)
    const inTiles = await tiles.findInTiles(frame, (tile) => detector.detect(tile, faint))
    return suppress([...finds, ...inTiles], ONE_OBJECT).filter(isLegible)
  } catch (error) {
    if (error instanceof PermanentFailure) throw error
    throw new PermanentFailure('DETECTION_FAILED', 'The detector gave no result.', { cause: error })
  }
}

/** Finds in displayed pixels. @throws {PermanentFailure} DETECTION_FAILED, whatever went wrong */
export async function lookAtRegions(
  options: LookWith,
  entry: FrameToWatch,
  regions: readonly Box[],
): Promise<readonly RawDetection[]> {
  const { detector, pictures, tiles, faint } = options
  if (tiles) return lookAt(options, entry)
  try {
    const finds = await findInRegions(pictures, entry, regions, (part) => detector.detect(part, faint))
    return finds.map((find) => scaledFind(find, pictures)).filter(isLegible)
  } catch (error) {
    if (error instanceof PermanentFailure) throw error
    throw new PermanentFailure('DETECTION_FAILED', 'The detector gave no result.', { cause: error })
  }
}

function scaledFind(find: RawDetection, { scaleX, scaleY }: LookPictures): RawDetection {
  const [x1, y1, x2, y2] = find.box
  const box: RawDetection['box'] = [x1 * scaleX, y1 * scaleY, x2 * scaleX, y2 * scaleY]
  if (!find.quad) return { ...find, box }
  const [a, b, c, d] = find.quad
  const corner = (p: readonly [number, number]): [number, number] => [p[0] * scaleX, p[1] * scaleY]
  return { ...find, box, quad: [corner(a), corner(b), corner(c), corner(d)] }
}
