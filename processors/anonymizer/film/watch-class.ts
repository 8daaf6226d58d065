// Watches a film for one class of objects: looks at some frames, joins the finds, and follows whoever came or went between.
import type { Frame } from 'node-av/lib'
import { PermanentFailure } from '#runtime/failure.ts'
import type { Box } from '#schemas/detection-document.ts'
import type { Detector, RawDetection } from '../detect/detector.ts'
import { intersectionOverUnion } from '../pure/box-overlap.ts'
import { type CadenceRules, dueAfter, nextCadence, startCadence } from '../pure/look-cadence.ts'
import { suppress } from '../pure/non-maximum-suppression.ts'
import { isLegible } from '../pure/plate-legibility.ts'
import {
  endShot,
  type Find,
  type Following,
  followLook,
  forgetBefore,
  isJoined,
  nobody,
  type TrackRules,
} from '../pure/track-follow.ts'
import { boxOfMotion, predictMotion } from '../pure/track-motion.ts'
import { openTraces, stepTraces, type Trace, tracedRegions } from '../pure/track-trace.ts'
import { newFrame } from './frame-window.ts'
import type { LookPictures } from './look-picture.ts'
import { findInRegions } from './look-regions.ts'
import type { FrameTiles } from './look-tiles.ts'
import { check } from './media-error.ts'

export interface WatchOptions {
  readonly detector: Detector
  /** Owned: disposed of with the watch. */
  readonly pictures: LookPictures
  /** Looks at tiles besides. */
  readonly tiles?: FrameTiles | undefined
  readonly rules: TrackRules
  /** Faint finds down to this score keep known tracks alive. */
  readonly faint: number
  /** Frames from look to look; 1 and 1 look at every frame. */
  readonly cadence: CadenceRules
  /** Two looks of the near cadence lie no further apart than this, in seconds, however few frames that is. */
  readonly nearSeconds: number
  /** Where two looks do not join: looks around those who came or went, or at all of each frame between. */
  readonly between: 'traces' | 'all'
}

export interface FrameToWatch {
  readonly frame: Frame
  readonly index: number
  /** Seconds. */
  readonly at: number
  /** Greatest change of any part of the picture since the frame before, 0..1. */
  readonly motion: number
}

export interface ClassWatch extends Disposable {
  /** Takes a frame; keeps a reference until it is looked at or known not to need it. `now` forces a look. */
  take(frame: FrameToWatch, now: boolean): Promise<void>
  /** Looks at what is left, after which no track goes on. */
  endShot(): Promise<void>
  /** Nothing before `frame` will be asked for. */
  forget(frame: number, endedBefore: number): void
  readonly following: Following
  /** All frames up to this one are settled; -1 before the first. */
  readonly settled: number
  /** Frames that the detector looked at and that were not told yet. */
  readonly looked: ReadonlySet<number>
  readonly looks: number
  /** Frames in which only parts were looked at, to follow somebody. */
  readonly traces: number
}

/** A frame that waits to be looked at, or to be passed over when the looks around it join. */
interface Waiting extends FrameToWatch {
  finds: readonly RawDetection[] | null
  /** Found around those who were followed through this frame; null where nobody was. */
  traced: readonly RawDetection[] | null
}

/** @throws {PermanentFailure} DETECTION_FAILED from `take` and `endShot` */
export function watchClass(options: WatchOptions): ClassWatch {
  let following: Following = nobody
  let settled = -1
  let settledAt = Number.NEGATIVE_INFINITY
  let looks = 0
  let cadence = startCadence(options.cadence)
  let traces = 0
  const waiting: Waiting[] = []
  const spare: Frame[] = []
  const looked = new Set<number>()

  const findsOf = async (entry: Waiting): Promise<readonly RawDetection[]> => {
    entry.finds ??= await lookAt(options, entry)
    return entry.finds
  }
  const followed = (from: Following, entry: Waiting, finds: readonly Find[]): Following =>
    followLook(from, { frame: entry.index, at: entry.at, finds }, options.rules)
  /** Follows whoever is seen at one end of the waiting frames only, frame by frame, as far as it shows. */
  const traceThrough = async (start: readonly Trace[], entries: readonly Waiting[]): Promise<void> => {
    let followedOnes = start
    for (const entry of entries) {
      const regions = tracedRegions(followedOnes)
      if (regions.length === 0) return
      const finds = entry.finds ?? (await lookAtRegions(options, entry, regions))
      if (!entry.finds) traces++
      entry.traced = suppress([...(entry.traced ?? []), ...finds], ONE_OBJECT)
      followedOnes = stepTraces(followedOnes, finds)
    }
  }
  const followGap = async (after: Following, last: Waiting): Promise<Following> => {
    const between = waiting.slice(0, -1)
    if (options.between === 'all') for (const entry of between) await findsOf(entry)
    else {
      const open = openTraces(following, after, { previousFrame: settled, frame: last.index })
      await traceThrough(open.onwards, between)
      await traceThrough(open.back, between.toReversed())
    }
    let joined = following
    for (const entry of between) {
      const finds = entry.finds ?? entry.traced
      if (finds) joined = followed(joined, entry, finds)
    }
    return followed(joined, last, await findsOf(last))
  }
  const settle = async (): Promise<void> => {
    const last = waiting.at(-1)
    if (!last) return
    const after = followed(following, last, await findsOf(last))
    const looksAt = { previousFrame: settled, frame: last.index }
    const joined = isJoined(following, after, looksAt)
    const outcome = {
      joined,
      motion: motionOf(waiting),
      ...steadinessOf(following, after, last, options.rules),
    }
    cadence = nextCadence(cadence, outcome, options.cadence)
    following = waiting.length === 1 || joined ? after : await followGap(after, last)
    settled = last.index
    settledAt = last.at
    for (const entry of waiting.splice(0)) {
      if (entry.finds) looks++
      if (entry.finds || entry.traced) looked.add(entry.index)
      entry.frame.unref()
      spare.push(entry.frame)
    }
  }
  return {
    async take(frame, now) {
      const kept = spare.pop() ?? newFrame()
      check(kept.ref(frame.frame), 'WORKER_MEMORY', 'keeping a frame')
      waiting.push({ ...frame, frame: kept, finds: null, traced: null })
      const frames = dueAfter(cadence, motionOf(waiting), options.cadence)
      const seconds = (options.nearSeconds * frames) / options.cadence.near
      if (now || waiting.length >= frames || frame.at - settledAt > seconds) await settle()
    },
    async endShot() {
      await settle()
      following = endShot(following)
    },
    forget(frame, endedBefore) {
      following = forgetBefore(following, frame, endedBefore)
      for (const index of looked) if (index <= frame) looked.delete(index)
    },
    get following() {
      return following
    },
    get settled() {
      return settled
    },
    get looks() {
      return looks
    },
    get traces() {
      return traces
    },
    looked,
    [Symbol.dispose]() {
      for (const entry of waiting.splice(0)) entry.frame.free()
      for (const frame of spare.splice(0)) frame.free()
      options.pictures[Symbol.dispose]()
    },
  }
}

const motionOf = (waiting: readonly Waiting[]): number => Math.max(...waiting.map(({ motion }) => motion))

/** Where the whole frame and its tiles see one object, their boxes differ more than those of one look. */
const ONE_OBJECT = { iou: 0.4, contained: 0.75 }

/** Finds in displayed pixels. @throws {PermanentFailure} DETECTION_FAILED, whatever went wrong */
async function lookAt(
  options: WatchOptions,
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
async function lookAtRegions(
  options: WatchOptions,
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

/** How well those who were known were found again. */
function steadinessOf(
  before: Following,
  after: Following,
  look: { readonly index: number; readonly at: number },
  rules: TrackRules,
): { readonly steadiness: number; readonly surest: number } {
  const expected = new Map(before.tracks.map((track) => [track.id, track.motion]))
  let [steadiness, surest] = [1, Number.POSITIVE_INFINITY]
  for (const track of after.tracks) {
    const last = track.sightings.at(-1)
    const motion = expected.get(track.id)
    if (!last || !motion || last.frame !== look.index) continue
    const box = boxOfMotion(predictMotion(motion, look.at))
    steadiness = Math.min(steadiness, intersectionOverUnion(box, last.box))
    surest = Math.min(surest, last.score / rules.strong)
  }
  return { steadiness, surest }
}

function scaledFind(find: RawDetection, { scaleX, scaleY }: LookPictures): RawDetection {
  const [x1, y1, x2, y2] = find.box
  const box: RawDetection['box'] = [x1 * scaleX, y1 * scaleY, x2 * scaleX, y2 * scaleY]
  if (!find.quad) return { ...find, box }
  const [a, b, c, d] = find.quad
  const corner = (p: readonly [number, number]): [number, number] => [p[0] * scaleX, p[1] * scaleY]
  return { ...find, box, quad: [corner(a), corner(b), corner(c), corner(d)] }
}
