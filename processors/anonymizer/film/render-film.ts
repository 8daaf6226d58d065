// Hides, encodes and writes a film picture by picture; what it writes is compared with what can be read back.
import type { Frame, HardwareDeviceContext, Packet } from 'node-av/lib'
import { PermanentFailure } from '#runtime/failure.ts'
import type { FrameDetections } from '#schemas/detection-document.ts'
import type { HidingStyle } from '#schemas/hiding-style.ts'
import type { Synthesizer } from '../syn/synthesizer.ts'
import { openEncoder } from './encode-video.ts'
import type { HeldFrame } from './frame-window.ts'
import { hideFrame, synthesizeFrame } from './hide-frame.ts'
import type { FilmFacts } from './inspect-film.ts'
import type { OpenFilm } from './open-film.ts'
import type { ContainerRules } from './pure/container.ts'
import type { VideoEncoding } from './pure/video-encoding.ts'
import { type WorkingPictures, workingPictures } from './working-picture.ts'
import { createFilm, type FilmWriter, type NewFilm, type WrittenFilm } from './write-film.ts'

export interface FilmRenderer extends Disposable {
  /** @throws {PermanentFailure} DETECTION_FAILED where the detections are not this picture's */
  picture(picture: HeldFrame, found: FrameDetections): Promise<void>
  sound(packet: Packet): void
  finish(): WrittenFilm
  /** Pictures that had another size than the film. */
  readonly resized: number
}

export interface RenderOptions {
  readonly path: string
  readonly rules: ContainerRules
  readonly facts: FilmFacts
  readonly encoding: VideoEncoding
  readonly source: OpenFilm
  readonly maskBlur: boolean
  readonly style?: HidingStyle | undefined
  /** Puts something synthetic in place where it can; else all is blurred. */
  readonly synthesizer?: Synthesizer | undefined
  readonly threads: number
  /** Must be there where the encoding is one of the GPU. */
  readonly gpu?: HardwareDeviceContext | undefined
  /** Where packets go, if not into a film of their own. */
  readonly createWriter?: ((film: NewFilm) => FilmWriter) | undefined
}

/** @throws {PermanentFailure} RENDER_FAILED, GPU_NOT_AVAILABLE @throws {TransientFailure} DISK_FULL */
export function renderFilm(options: RenderOptions): FilmRenderer {
  const { facts, rules, encoding } = options
  using made = new DisposableStack()
  const encoder = made.use(openEncoder(facts, encoding, rules, options))
  const pictures = made.use(workingPictures(facts, encoding.format))
  const create = options.createWriter ?? createFilm
  const writer = made.use(create({ ...options, encoder: encoder.context }))
  const owned = made.move()
  return {
    async picture(held, found) {
      requireOwn(held, found)
      const { frame, pts, duration } = held
      const working = await renderPicture(pictures, frame, found, options)
      for (const packet of encoder.encode(working, pts, duration)) writer.writePicture(packet)
    },
    sound: (packet) => writer.writeSound(packet),
    finish() {
      for (const packet of encoder.encode(null, 0n, 0n)) writer.writePicture(packet)
      return writer.finish()
    },
    get resized() {
      return pictures.resized
    },
    [Symbol.dispose]: () => owned.dispose(),
  }
}

/** The picture as it is encoded: in the film's size and format, and with what was found hidden in it. */
export async function renderPicture(
  pictures: WorkingPictures,
  frame: Frame,
  found: FrameDetections,
  {
    facts,
    maskBlur,
    style,
    synthesizer,
  }: Pick<RenderOptions, 'facts' | 'maskBlur' | 'style' | 'synthesizer'>,
): Promise<Frame> {
  const working = pictures.prepare(frame)
  if (synthesizer) await synthesizeFrame(working, found, { facts, synthesizer })
  else hideFrame(working, found, { facts, maskBlur, style })
  return working
}

/** @throws {PermanentFailure} DETECTION_FAILED where the detections are not this picture's */
export function requireOwn({ index }: HeldFrame, found: FrameDetections): void {
  if (found.frame === index) return
  throw new PermanentFailure('DETECTION_FAILED', `Frame ${index} has the detections of ${found.frame}.`)
}
