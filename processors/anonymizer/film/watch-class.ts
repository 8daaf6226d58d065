// Watches a film for one class of objects: looks at some frames, joins the finds, and follows whoever came or went between.
import type { RawDetection } from '../detect/detector.ts'
import { intersectionOverUnion } from '../pure/box-overlap.ts'
import { type CadenceRules, dueAfter, nextCadence, startCadence } from '../pure/look-cadence.ts'
import { suppress } from '../pure/non-maximum-suppression.ts'
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
import { framePool } from './frame-pool.ts'
import type { FrameToWatch } from './frame-to-watch.ts'
import { ONE_OBJECT } from './pure/one-object.ts'
import { type LookWith, lookAt, lookAtRegions } from './take-look.ts'

/** How known objects are followed between two full looks, at a part of their cost. */
export interface QuickLooks {
  /** So many in a row, then a full look. */
  readonly most: number
  /** No more than so many frames wait for a full look. */
  readonly mostWaiting: number
  /** Finds in displayed pixels. @throws {PermanentFailure} DETECTION_FAILED */
  find(frame: FrameToWatch): Promise<readonly RawDetection[]>
}

/** Pictures are borrowed; faint finds keep known tracks alive. */
export interface WatchOptions extends LookWith {
  readonly rules: TrackRules
  /** A quick look never settles anything: the full look after it tells all frames since the full look before. */
  readonly quick?: QuickLooks | undefined
  /** Frames from look to look; 1 and 1 look at every frame. */
  readonly cadence: CadenceRules
  /** Two looks of the near cadence lie no further apart than this, in seconds, however few frames that is. */
  readonly nearSeconds: number
  /** Where two looks do not join: looks around those who came or went, or at all of each frame between. */
  readonly between: 'traces' | 'all'
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
  readonly quickLooks: number
}

/** A frame that waits to be looked at, or to be passed over when the looks around it join. */
interface Waiting extends FrameToWatch {
  finds: readonly RawDetection[] | null
  /** Found around those who were followed through this frame; null where nobody was. */
  traced: readonly RawDetection[] | null
  /** Found by a quick look; null where there was none. */
  glimpsed: readonly RawDetection[] | null
}

/** @throws {PermanentFailure} DETECTION_FAILED from `take` and `endShot` */
export function watchClass(options: WatchOptions): ClassWatch {
  let following: Following = nobody
  let settled = -1
  let lookedAt = Number.NEGATIVE_INFINITY
  /** Frames since the last look of any kind. */
  let unseen = 0
  /** As quick looks since the last full one saw it. */
  let glimpse: { following: Following; frame: number; count: number } | undefined
  let quickLooks = 0
  let looks = 0
  let cadence = startCadence(options.cadence)
  let traces = 0
  const waiting: Waiting[] = []
  const pool = framePool()
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
      const finds = entry.finds ?? partFinds(entry)
      if (finds) joined = followed(joined, entry, finds)
    }
    return followed(joined, last, await findsOf(last))
  }
  const settle = async (): Promise<void> => {
    const last = waiting.at(-1)
    if (!last) return
    const finds = await findsOf(last)
    const direct = followed(following, last, finds)
    const looksAt = { previousFrame: settled, frame: last.index }
    const after = glimpse ? followed(glimpse.following, last, finds) : direct
    const joined = glimpse
      ? isJoined(glimpse.following, after, { ...looksAt, previousFrame: glimpse.frame })
      : isJoined(following, direct, looksAt)
    const outcome = {
      joined,
      motion: motionOf(waiting),
      ...steadinessOf(glimpse?.following ?? following, after, last, options.rules),
    }
    cadence = nextCadence(cadence, outcome, options.cadence)
    following = waiting.length === 1 || joined ? after : await followGap(direct, last)
    settled = last.index
    lookedAt = last.at
    unseen = 0
    glimpse = undefined
    for (const entry of waiting.splice(0)) {
      if (entry.finds) looks++
      if (entry.finds || entry.traced || entry.glimpsed) looked.add(entry.index)
      pool.giveBack(entry.frame)
    }
  }
  /** True where a quick look shows all who are known and nobody else; nothing is settled by it. */
  const glimpsed = async (quick: QuickLooks, frames: number): Promise<boolean> => {
    const last = waiting.at(-1)
    if (!last || settled < 0 || (glimpse?.count ?? 0) >= quick.most) return false
    if (waiting.length + frames > quick.mostWaiting) return false
    const before = glimpse ?? { following, frame: settled, count: 0 }
    last.glimpsed = await quick.find(last)
    quickLooks++
    const seen = followed(before.following, last, last.glimpsed)
    if (!isJoined(before.following, seen, { previousFrame: before.frame, frame: last.index })) return false
    glimpse = { following: seen, frame: last.index, count: before.count + 1 }
    lookedAt = last.at
    unseen = 0
    return true
  }
  return {
    async take(frame, now) {
      const kept = pool.refer(frame.frame)
      waiting.push({ ...frame, frame: kept, finds: null, traced: null, glimpsed: null })
      unseen++
      const frames = dueAfter(cadence, motionOf(waiting.slice(-unseen)), options.cadence)
      const seconds = (options.nearSeconds * frames) / options.cadence.near
      const isDue = unseen >= frames || frame.at - lookedAt > seconds
      if (now || (isDue && !(options.quick && (await glimpsed(options.quick, frames))))) await settle()
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
    get quickLooks() {
      return quickLooks
    },
    looked,
    [Symbol.dispose]() {
      waiting.length = 0
      pool[Symbol.dispose]()
    },
  }
}

/** Of those found in a part of the frame only, and at a quick look, all; null where there was neither. */
const partFinds = ({ traced, glimpsed }: Waiting): readonly RawDetection[] | null =>
  traced && glimpsed ? suppress([...traced, ...glimpsed], ONE_OBJECT) : (traced ?? glimpsed)

const motionOf = (waiting: readonly Waiting[]): number => Math.max(...waiting.map(({ motion }) => motion))

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
