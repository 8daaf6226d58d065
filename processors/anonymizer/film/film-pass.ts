// Goes once through a film: every picture is looked at, then hidden and written in the order shown, sound beside it.
import { setImmediate as turn } from 'node:timers/promises'
import { AV_NOPTS_VALUE } from 'node-av/constants'
import type { Frame, HardwareDeviceContext, Packet } from 'node-av/lib'
import { PermanentFailure } from '#runtime/failure.ts'
import type { FrameDetections } from '#schemas/detection-document.ts'
import type { CopyingRenderer } from './copy-film.ts'
import { isDamaged } from './damaged.ts'
import type { DocumentWriter } from './document-file.ts'
import { frameWindow } from './frame-window.ts'
import type { FilmFacts } from './inspect-film.ts'
import type { Looks } from './looks.ts'
import type { OpenFilm } from './open-film.ts'
import type { ContainerRules } from './pure/container.ts'
import { frameTime, newFrameClock } from './pure/frame-time.ts'
import type { FilmPart } from './pure/part-plan.ts'
import { type ReadOptions, type ReadTally, readFilm, requirePictures } from './read-film.ts'
import type { FilmRenderer } from './render-film.ts'

export interface FilmPass {
  readonly film: OpenFilm
  readonly facts: FilmFacts
  readonly rules: ContainerRules
  readonly looks: Looks
  readonly renderer?: FilmRenderer | CopyingRenderer | undefined
  readonly document?: DocumentWriter | undefined
  /** Of a frame's detections those that are hidden; the document keeps all. */
  readonly hiddenOf: (found: FrameDetections) => FrameDetections
  readonly tally: ReadTally
  readonly threads: number
  /** Pictures are decoded on it, where one is given. */
  readonly gpu?: HardwareDeviceContext | undefined
  /** Sound is written too; it is read in any case, to know where the film ends. */
  readonly sound: boolean
  /** Only this part of the film is worked on; its sound is left to whoever joins the parts. */
  readonly part?: PartToPass | undefined
  /** Called for every picture with its time in seconds. */
  readonly onPicture: (at: number) => void
  /** Called with what is hidden in each frame, in order. */
  readonly onTold: (found: FrameDetections) => void
}

export interface PartToPass extends FilmPart {
  /** Goes to where decoding starts instead of reading up to it. */
  readonly seeks: boolean
}

export interface PassResult {
  /** Frames whose time the file did not tell or told wrongly. */
  readonly repairedTimes: number
  /** Frames are counted from 0 where looking began; `pictures` of them, from `firstOwn` on, are written. */
  readonly firstOwn: number
  readonly pictures: number
  readonly damagedPictures: number
}

/** The event loop gets a turn at least this often, so that a cancellation is heard. */
const LONGEST_TURN_MS = 50

/** @throws {PermanentFailure} MEDIA_*, DETECTION_FAILED, RENDER_FAILED @throws the signal's reason */
export async function passThroughFilm(pass: FilmPass, signal: AbortSignal): Promise<PassResult> {
  const { film, facts, looks, renderer, tally, part: only } = pass
  using window = frameWindow()
  let clock = newFrameClock(usualDuration(facts))
  let index = 0
  let firstOwn = 0
  let [pictures, damagedPictures] = [0, 0]
  let turnedMs = performance.now()
  const isOwn = (frame: number): boolean => frame >= firstOwn && frame < firstOwn + pictures
  const settle = async (told: readonly FrameDetections[]): Promise<void> => {
    await pass.document?.write(told)
    for (const found of told.map(pass.hiddenOf)) {
      if (!isOwn(found.frame)) continue
      if (renderer) await window.release((picture) => renderer.picture(picture, found))
      pass.onTold(found)
    }
  }
  const keepCoded = renderer && 'coded' in renderer ? codedOf(only, renderer.coded) : undefined
  for (const part of readFilm(film, tally, readOptions(pass, keepCoded !== undefined))) {
    if (part.part === 'audio') {
      if (pass.sound) renderer?.sound(part.packet)
      continue
    }
    if (part.part === 'coded') {
      keepCoded?.(part.packet)
      continue
    }
    const { frame } = part
    const time = frameTime(clock, { pts: timeOf(frame), duration: frame.duration })
    clock = time.clock
    const { pts } = time
    if (isBefore(pts, only?.lookFrom)) continue
    if (only && only.readTo !== null && pts >= only.readTo) break
    if (isBefore(pts, only?.from)) firstOwn = index + 1
    else if (only === undefined || only.to === null || pts < only.to) {
      pictures++
      if (isDamaged(frame)) damagedPictures++
      if (renderer) window.hold({ frame, index, pts, duration: clock.lastDuration })
    }
    const at = (Number(pts) * facts.timeBase.num) / facts.timeBase.den
    await settle(await looks.next({ frame, index, at }))
    index++
    pass.onPicture(at)
    if (performance.now() - turnedMs > LONGEST_TURN_MS) {
      await turn()
      turnedMs = performance.now()
    }
    signal.throwIfAborted()
  }
  requirePictures(tally)
  await settle(await looks.end())
  if (window.held > 0) throw new PermanentFailure('DETECTION_FAILED', 'A frame was left without a look.')
  return { repairedTimes: clock.repaired, firstOwn, pictures, damagedPictures }
}

const isBefore = (pts: bigint, bound: bigint | null | undefined): boolean =>
  bound !== null && bound !== undefined && pts < bound

function readOptions(pass: FilmPass, coded: boolean): ReadOptions {
  const { part, rules, renderer, threads, gpu } = pass
  const enter = part?.enter ? { ...part.enter, seeks: part.seeks } : undefined
  return {
    threads,
    gpu,
    audio: renderer !== undefined && part === undefined,
    coded,
    joinClock: rules.container === 'mpegts',
    enter,
  }
}

/** Of a part those packets from its first key frame on whose pictures are its own, in the order decoded. */
function codedOf(part: PartToPass | undefined, keep: (packet: Packet) => void): (packet: Packet) => void {
  if (!part) return keep
  let isInside = part.from === null
  let isOver = false
  return (packet) => {
    if (packet.isKeyframe && packet.pts === part.from) isInside = true
    if (packet.isKeyframe && packet.pts === part.to) isOver = true
    if (isInside && (!isOver || (part.to !== null && packet.pts < part.to))) keep(packet)
  }
}

function timeOf(frame: Frame): bigint | null {
  if (frame.pts !== AV_NOPTS_VALUE) return frame.pts
  return frame.bestEffortTimestamp === AV_NOPTS_VALUE ? null : frame.bestEffortTimestamp
}

/** One frame at the film's usual rate, in ticks. */
function usualDuration({ frameRate, timeBase }: FilmFacts): bigint {
  if (frameRate.num <= 0 || frameRate.den <= 0) return 1n
  return BigInt(Math.max(1, Math.round((frameRate.den * timeBase.den) / (frameRate.num * timeBase.num))))
}
