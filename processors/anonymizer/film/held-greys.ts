// Holds the frames that were looked at and not yet told, and shows any of them as a small grey picture.
import type { Frame } from 'node-av/lib'
import type { Box } from '#schemas/detection-document.ts'
import type { GreyPicture } from '../pure/patch-match.ts'
import { framePool } from './frame-pool.ts'
import type { FilmFacts } from './inspect-film.ts'
import { type Rotation, storedPoint } from './pure/rotation.ts'
import { scaledPictures } from './scaled-picture.ts'

export interface HeldGreys extends Disposable {
  /** Keeps a reference; frames come in order, one after another. */
  hold(frame: Frame, index: number): void
  /** As it is stored, not turned; undefined where the frame is not held. Made when it is first asked for. */
  grey(index: number): GreyPicture | undefined
  /** Lets go of all frames before `index`. */
  letGo(index: number): void
  /** A displayed box in pixels of the grey pictures. */
  toGrey(box: Box): Box
  /** A box of the grey pictures in displayed pixels. */
  toDisplayed(box: Box): Box
}

/** Smaller than most films, and still large enough for a far plate to have letters. */
const LONGEST_SIDE = 960

interface Held {
  readonly frame: Frame
  readonly index: number
  grey?: GreyPicture
}

/** @throws {PermanentFailure} MEDIA_UNREADABLE, WORKER_MEMORY from `hold` and `grey` */
export function heldGreys({ stored, displayed, rotation }: FilmFacts): HeldGreys {
  const scale = Math.min(1, LONGEST_SIDE / Math.max(stored.width, stored.height))
  const size = { width: Math.ceil(stored.width * scale), height: Math.ceil(stored.height * scale) }
  const [scaleX, scaleY] = [size.width / stored.width, size.height / stored.height]
  const scaled = scaledPictures({ ...size, room: size, format: 'gray', filter: 'area' })
  const held: Held[] = []
  const pool = framePool()
  const spareRooms: Uint8Array[] = []
  const back = ((360 - rotation) % 360) as Rotation
  return {
    hold(frame, index) {
      held.push({ frame: pool.refer(frame), index })
    },
    grey(index) {
      const entry = held[index - (held[0]?.index ?? 0)]
      if (!entry) return undefined
      if (!entry.grey) {
        const { data, stride } = scaled.scaleRows(entry.frame)
        const room = spareRooms.pop() ?? new Uint8Array(stride * size.height)
        room.set(data.subarray(0, room.length))
        entry.grey = { ...size, stride, data: room }
      }
      return entry.grey
    },
    letGo(index) {
      while (held[0] && held[0].index < index) {
        const gone = held.shift()
        if (!gone) return
        pool.giveBack(gone.frame)
        if (gone.grey) spareRooms.push(gone.grey.data)
      }
    },
    toGrey(box) {
      const turned = turnedBox(box, (point) => storedPoint(point, stored, rotation))
      return [turned[0] * scaleX, turned[1] * scaleY, turned[2] * scaleX, turned[3] * scaleY]
    },
    toDisplayed([x1, y1, x2, y2]) {
      const box: Box = [x1 / scaleX, y1 / scaleY, x2 / scaleX, y2 / scaleY]
      return turnedBox(box, (point) => storedPoint(point, displayed, back))
    },
    [Symbol.dispose]() {
      held.length = 0
      pool[Symbol.dispose]()
      scaled[Symbol.dispose]()
    },
  }
}

function turnedBox(box: Box, turn: (point: readonly [number, number]) => [number, number]): Box {
  const [ax, ay] = turn([box[0], box[1]])
  const [bx, by] = turn([box[2], box[3]])
  return [Math.min(ax, bx), Math.min(ay, by), Math.max(ax, bx), Math.max(ay, by)]
}
