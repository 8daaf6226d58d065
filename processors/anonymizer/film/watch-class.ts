// Watches a film for one class of objects: looks at some frames, joins the finds, and looks again where they do not join.
import type { Frame } from 'node-av/lib'
import { PermanentFailure } from '#runtime/failure.ts'
import type { Detector, RawDetection } from '../detect/detector.ts'
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
import { newFrame } from './frame-window.ts'
import type { LookPictures } from './look-picture.ts'
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
  /** One look in so many frames, where the looks join; 1 looks at every frame. */
  readonly every: number
  /** No two looks lie further apart than this, in seconds, however few frames that is. */
  readonly everySeconds: number
}

export interface FrameToWatch {
  readonly frame: Frame
  readonly index: number
  /** Seconds. */
  readonly at: number
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
}

/** A frame that waits to be looked at, or to be passed over when the looks around it join. */
interface Waiting extends FrameToWatch {
  finds: readonly Find[] | null
}

/** @throws {PermanentFailure} DETECTION_FAILED from `take` and `endShot` */
export function watchClass(options: WatchOptions): ClassWatch {
  let following: Following = nobody
  let settled = -1
  let settledAt = Number.NEGATIVE_INFINITY
  let looks = 0
  const waiting: Waiting[] = []
  const spare: Frame[] = []
  const looked = new Set<number>()

  const findsOf = async (entry: Waiting): Promise<readonly Find[]> => {
    entry.finds ??= await lookAt(options, entry)
    return entry.finds
  }
  const followed = async (from: Following, entry: Waiting): Promise<Following> => {
    const look = { frame: entry.index, at: entry.at, finds: await findsOf(entry) }
    return followLook(from, look, options.rules)
  }
  const settle = async (): Promise<void> => {
    const last = waiting.at(-1)
    if (!last) return
    const after = await followed(following, last)
    if (waiting.length === 1 || isJoined(following, after, { previousFrame: settled, frame: last.index }))
      following = after
    else for (const entry of waiting) following = await followed(following, entry)
    settled = last.index
    settledAt = last.at
    for (const entry of waiting.splice(0)) {
      if (entry.finds) {
        looks++
        looked.add(entry.index)
      }
      entry.frame.unref()
      spare.push(entry.frame)
    }
  }
  return {
    async take(frame, now) {
      const kept = spare.pop() ?? newFrame()
      check(kept.ref(frame.frame), 'WORKER_MEMORY', 'keeping a frame')
      waiting.push({ ...frame, frame: kept, finds: null })
      const isLate = frame.at - settledAt > options.everySeconds
      if (now || isLate || waiting.length >= options.every) await settle()
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
    looked,
    [Symbol.dispose]() {
      for (const entry of waiting.splice(0)) entry.frame.free()
      for (const frame of spare.splice(0)) frame.free()
      options.pictures[Symbol.dispose]()
    },
  }
}

/** Where the whole frame and its tiles see one object, their boxes differ more than those of one look. */
const ONE_OBJECT = { iou: 0.4, contained: 0.75 }

/** Finds in displayed pixels. @throws {PermanentFailure} DETECTION_FAILED, whatever went wrong */
async function lookAt(options: WatchOptions, { frame, index }: FrameToWatch): Promise<readonly Find[]> {
  const { detector, pictures, tiles, faint } = options
  try {
    const whole = await detector.detect(pictures.look(frame, index), faint)
    const finds = whole.map((find) => scaledFind(find, pictures))
    if (!tiles) return finds
    const inTiles = await tiles.findInTiles(frame, (tile) => detector.detect(tile, faint))
    return suppress([...finds, ...inTiles], ONE_OBJECT)
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
