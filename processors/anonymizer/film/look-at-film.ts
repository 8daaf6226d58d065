// Looks at a film with detectors, frame by frame, and tells each frame's detections once nothing can be added to them.
import type { Box, Detection, FrameDetections, Quad } from '#schemas/detection-document.ts'
import { isConfirmed, isWorthFollowing } from '../pure/track-confirm.ts'
import { type CutState, decideCut, greatestChange, noShot, sketchOf } from '../pure/track-cut.ts'
import { type FillRules, type FrameInShot, fillTrack, withBoxBeyond } from '../pure/track-fill.ts'
import type { HeldGreys } from './held-greys.ts'
import type { Looks, NextFrame } from './looks.ts'
import type { Size } from './pure/rotation.ts'
import type { ScaledPictures } from './scaled-picture.ts'
import type { TrackEnds } from './track-ends.ts'
import type { ClassWatch } from './watch-class.ts'

export interface Watched {
  readonly class: 'face' | 'plate'
  readonly watch: ClassWatch
  readonly fill: FillRules
  /** Follows tracks beyond their sightings. */
  readonly ends: TrackEnds
  /** Most frames between two looks. */
  readonly longestWait: number
  /** Where not: only what was surely found in the very frame, without a track. */
  readonly tracked: boolean
  readonly threshold: number
}

export interface LookAtFilm {
  /** Displayed pixels. */
  readonly size: Size
  readonly watched: readonly Watched[]
  /** Frames brought to the size and format of a sketch, by which shots are told apart. */
  readonly sketches: ScaledPictures
  /** All frames taken and not yet told. */
  readonly greys: HeldGreys
  /** Seconds, and frames, after which nothing changes a frame any more. */
  readonly settledSeconds: number
  readonly settledFrames: number
  /** Most frames between two looks of any class. */
  readonly longestWait: number
}

interface Pending extends FrameInShot {
  lastOfShot: number
}

/** @throws {PermanentFailure} DETECTION_FAILED from `next` and `end` */
export function lookAtFilm(options: LookAtFilm): Looks {
  const { watched, sketches, greys } = options
  const pending: Pending[] = []
  let cutState: CutState = noShot
  let firstOfShot = 0
  const shots: number[] = []

  const closeShot = async (lastFrame: number): Promise<void> => {
    for (const { watch } of watched) await watch.endShot()
    for (const frame of pending) frame.lastOfShot = Math.min(frame.lastOfShot, lastFrame)
  }
  const told = (isLast: boolean): readonly FrameDetections[] => {
    const ready: FrameDetections[] = []
    while (pending[0] && (isLast || isSettled(options, pending[0], pending))) {
      const frame = pending.shift()
      if (frame) ready.push(detectionsOf(options, frame))
    }
    const last = ready.at(-1)
    if (!last) return ready
    greys.letGo(last.frame + 1)
    for (const { watch, ends } of watched) {
      watch.forget(last.frame, last.pts - options.settledSeconds)
      ends.forget(last.frame + 1)
    }
    return ready
  }
  return {
    async next({ frame, index, at }: NextFrame) {
      const small = sketches.scaleRows(frame)
      const sketch = sketchOf(small.data, small.stride)
      const motion = cutState.last ? greatestChange(cutState.last, sketch) : 0
      const { cut, state } = decideCut(cutState, sketch)
      cutState = state
      if (cut) {
        if (index > 0) await closeShot(index - 1)
        firstOfShot = index
        shots.push(index)
      }
      greys.hold(frame, index)
      pending.push({ frame: index, at, firstOfShot, lastOfShot: Number.POSITIVE_INFINITY })
      for (const { watch } of watched) await watch.take({ frame, index, at, motion }, cut)
      return told(false)
    },
    async end() {
      await closeShot(pending.at(-1)?.frame ?? -1)
      return told(true)
    },
    longestDelay: options.settledFrames + options.longestWait,
    counts: (own) => ({
      shots: own ? shots.filter((frame) => frame >= own.from && frame < own.to).length : shots.length,
      ...Object.fromEntries(
        watched.flatMap(({ class: name, watch }) => [
          [`${name}_looks`, watch.looks],
          [`${name}_traces`, watch.traces],
          [`${name}_quick_looks`, watch.quickLooks],
        ]),
      ),
    }),
    [Symbol.dispose]() {
      for (const { watch } of watched) watch[Symbol.dispose]()
    },
  }
}

/** True where every class is settled so far beyond the frame that nothing found later reaches back to it. */
function isSettled(options: LookAtFilm, frame: Pending, pending: readonly Pending[]): boolean {
  const first = pending[0]?.frame ?? 0
  return options.watched.every(({ watch }) => {
    if (watch.settled < frame.frame) return false
    if (watch.settled >= frame.lastOfShot) return true
    const settledAt = pending[watch.settled - first]?.at ?? frame.at
    return (
      settledAt - frame.at > options.settledSeconds || watch.settled - frame.frame >= options.settledFrames
    )
  })
}

function detectionsOf(options: LookAtFilm, frame: Pending): FrameDetections {
  const { watched } = options
  const detections = watched.flatMap((entry) => classDetections(entry, frame, options.size))
  const looked = watched.every(({ watch }) => watch.looked.has(frame.frame))
  return { frame: frame.frame, pts: frame.at, looked, detections }
}

function classDetections(entry: Watched, frame: Pending, size: Size): readonly Detection[] {
  return entry.watch.following.tracks.flatMap((track) => {
    const confirmed =
      entry.tracked && isConfirmed(track, frame, { threshold: entry.threshold, pictureWidth: size.width })
    if (entry.tracked && entry.class === 'plate' && !confirmed) return []
    const followed = confirmed && isWorthFollowing(track, entry.threshold)
    const beyond = followed ? entry.ends.placeAt(track, frame) : undefined
    const filled = withBoxBeyond(fillTrack(track, frame, entry.fill), beyond)
    if (!filled) return []
    if (!entry.tracked && (filled.origin !== 'detected' || filled.score < entry.threshold)) return []
    const { quad, box, ...rest } = filled
    if (!isInside(box, size)) return []
    const id = track.id * 2 + (entry.class === 'plate' ? 1 : 0)
    return [
      {
        class: entry.class,
        ...rest,
        box: outwards(box),
        ...(quad ? { quad: roundedQuad(quad) } : {}),
        track: entry.tracked ? id : null,
      },
    ]
  })
}

/**
 * Some of it is in the picture. A box that reaches over the edge stays whole: a face that enters is hidden as coarsely
 * as the whole face, not as finely as the part that shows.
 */
const isInside = (box: Box, { width, height }: Size): boolean =>
  box[0] < width && box[1] < height && box[2] > 0 && box[3] > 0

/** Hundredths of a pixel: finer than any detector, and short in a document. */
const near = (value: number): number => Math.round(value * 100) / 100
const outwards = (box: Box): Box => [
  Math.floor(box[0] * 100) / 100,
  Math.floor(box[1] * 100) / 100,
  Math.ceil(box[2] * 100) / 100,
  Math.ceil(box[3] * 100) / 100,
]

function roundedQuad([a, b, c, d]: Quad): Quad {
  const corner = (p: readonly [number, number]): [number, number] => [near(p[0]), near(p[1])]
  return [corner(a), corner(b), corner(c), corner(d)]
}
