// Goes once through a film: every picture is looked at, then hidden and written in the order shown, sound beside it.
import { setImmediate as turn } from 'node:timers/promises'
import { AV_NOPTS_VALUE } from 'node-av/constants'
import type { Frame } from 'node-av/lib'
import { PermanentFailure } from '#runtime/failure.ts'
import type { FrameDetections } from '#schemas/detection-document.ts'
import type { CopyingRenderer } from './copy-film.ts'
import type { DocumentWriter } from './document-file.ts'
import { frameWindow } from './frame-window.ts'
import type { FilmFacts } from './inspect-film.ts'
import type { Looks } from './looks.ts'
import type { OpenFilm } from './open-film.ts'
import type { ContainerRules } from './pure/container.ts'
import { frameTime, newFrameClock } from './pure/frame-time.ts'
import { type ReadTally, readFilm, requirePictures } from './read-film.ts'
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
  /** Sound is written too; it is read in any case, to know where the film ends. */
  readonly sound: boolean
  /** Called for every picture with its time in seconds. */
  readonly onPicture: (at: number) => void
  /** Called with what is hidden in each frame, in order. */
  readonly onTold: (found: FrameDetections) => void
}

export interface PassResult {
  /** Frames whose time the file did not tell or told wrongly. */
  readonly repairedTimes: number
}

/** The event loop gets a turn at least this often, so that a cancellation is heard. */
const LONGEST_TURN_MS = 50

/** @throws {PermanentFailure} MEDIA_*, DETECTION_FAILED, RENDER_FAILED @throws the signal's reason */
export async function passThroughFilm(pass: FilmPass, signal: AbortSignal): Promise<PassResult> {
  const { film, facts, looks, renderer, tally } = pass
  using window = frameWindow()
  let clock = newFrameClock(usualDuration(facts))
  let index = 0
  let turnedMs = performance.now()
  const settle = async (told: readonly FrameDetections[]): Promise<void> => {
    await pass.document?.write(told)
    for (const found of told.map(pass.hiddenOf)) {
      if (renderer) await window.release((picture) => renderer.picture(picture, found))
      pass.onTold(found)
    }
  }
  const keepCoded = renderer && 'coded' in renderer ? renderer.coded : undefined
  const options = {
    threads: pass.threads,
    audio: renderer !== undefined,
    coded: keepCoded !== undefined,
    joinClock: pass.rules.container === 'mpegts',
  }
  for (const part of readFilm(film, tally, options)) {
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
    const at = (Number(time.pts) * facts.timeBase.num) / facts.timeBase.den
    if (renderer) window.hold({ frame, index, pts: time.pts, duration: clock.lastDuration })
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
  return { repairedTimes: clock.repaired }
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
