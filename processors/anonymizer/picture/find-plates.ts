// Finds the plates of a picture: what the detector is sure of, and what it is not sure of but bears a plate's text.
import type { Quad } from '#schemas/detection-document.ts'
import type { Detector, RawDetection } from '../detect/detector.ts'
import type { PlateReader } from '../detect/plate-reader.ts'
import type { Look } from '../pure/look.ts'
import { isPlateText } from '../pure/plate-text.ts'
import type { DecodedPicture } from './decoded-picture.ts'
import { lookFor } from './look-for.ts'
import { lookPicture } from './look-picture.ts'
import { looksFor } from './pure/look-sizes.ts'

export interface PlateSearch {
  readonly plate: Detector
  /** Asked about faint finds; without it they are left out. */
  readonly reader: PlateReader | undefined
  readonly threshold: number
  /** Tiles besides the whole looks. */
  readonly thorough: boolean
}

/** A find of at least this score is read where its score alone would not do; a text that is read makes it so sure. */
const FAINT = { least: 0.25, most: 0.5, proven: 0.9 }
/** Smaller finds cannot be read, in picture pixels; of the others the surest are. */
const READABLE = { width: 40, height: 10 }
const MOST_READINGS = 10
/** Higher plates are reduced to this many rows before they are read. */
const ROWS = 64

/** @throws {PermanentFailure} DETECTION_FAILED; the signal's reason */
export async function findPlates(
  picture: DecodedPicture,
  { plate, reader, threshold, thorough }: PlateSearch,
  signal: AbortSignal,
): Promise<readonly RawDetection[]> {
  const looks = looksFor(plate.lookKind ?? 'plate-quad', picture, thorough)
  const least = reader ? Math.min(threshold, FAINT.least) : threshold
  const finds = await lookFor(picture, { detector: plate, threshold: least, looks }, signal)
  const proven = reader ? await readFaint(picture, finds, { reader, threshold, signal }) : new Set()
  return finds
    .map((find) => (proven.has(find) ? { ...find, score: FAINT.proven } : find))
    .filter(({ score }) => score >= threshold)
}

interface Readers {
  readonly reader: PlateReader
  readonly threshold: number
  readonly signal: AbortSignal
}

/** Those of the faint finds, given surest first, that bear a plate's text. */
async function readFaint(
  picture: DecodedPicture,
  finds: readonly RawDetection[],
  { reader, threshold, signal }: Readers,
): Promise<ReadonlySet<RawDetection>> {
  const most = Math.max(threshold, FAINT.most)
  const faint = finds.filter((find) => find.score < most && find.score >= FAINT.least && isReadable(find))
  const proven = new Set<RawDetection>()
  for (const find of faint.slice(0, MOST_READINGS)) {
    signal.throwIfAborted()
    if (await bearsText(picture, find, reader)) proven.add(find)
  }
  return proven
}

const isReadable = ({ box, quad }: RawDetection): boolean =>
  quad !== undefined && box[2] - box[0] >= READABLE.width && box[3] - box[1] >= READABLE.height

async function bearsText(
  picture: DecodedPicture,
  { quad }: RawDetection,
  reader: PlateReader,
): Promise<boolean> {
  const place = quad && placeOf(quad, picture)
  if (!quad || !place) return false
  const { left, top, regionWidth, regionHeight, width, height } = place
  const scaled = ([x, y]: readonly [number, number]): [number, number] => [
    ((x - left) * width) / regionWidth,
    ((y - top) * height) / regionHeight,
  ]
  const inside: Quad = [scaled(quad[0]), scaled(quad[1]), scaled(quad[2]), scaled(quad[3])]
  return isPlateText(await reader.read(await lookPicture(picture, place, 'opaque'), inside))
}

/** The quad's surroundings inside the picture; undefined where nothing of it is inside. */
function placeOf(quad: Quad, picture: DecodedPicture): Look | undefined {
  const [xs, ys] = [quad.map(([x]) => x), quad.map(([, y]) => y)]
  const room = (Math.max(...xs) - Math.min(...xs)) * 0.05 + 2
  const left = Math.max(0, Math.floor(Math.min(...xs) - room))
  const top = Math.max(0, Math.floor(Math.min(...ys) - room))
  const regionWidth = Math.min(picture.width, Math.ceil(Math.max(...xs) + room)) - left
  const regionHeight = Math.min(picture.height, Math.ceil(Math.max(...ys) + room)) - top
  if (regionWidth < 1 || regionHeight < 1) return undefined
  const scale = Math.min(1, ROWS / regionHeight)
  const [width, height] = [regionWidth, regionHeight].map((side) => Math.max(1, Math.round(side * scale)))
  return { left, top, regionWidth, regionHeight, width: width ?? 1, height: height ?? 1 }
}
