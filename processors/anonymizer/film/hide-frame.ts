// Hides a frame's detections in the planes that the encoder will read, and nowhere else.
import type { Frame } from 'node-av/lib'
import { PermanentFailure } from '#runtime/failure.ts'
import type { Detection, FrameDetections } from '#schemas/detection-document.ts'
import type { HidingStyle } from '#schemas/hiding-style.ts'
import { type Hiding, hideShapes } from '../hide/hide-shapes.ts'
import { hidingOf } from '../hide/hiding-of.ts'
import type { Plane } from '../hide/plane.ts'
import type { Synthesizer } from '../syn/synthesizer.ts'
import type { FilmFacts } from './inspect-film.ts'
import { check } from './media-error.ts'
import { pixelFormatName } from './pixel-format.ts'
import { type PixelLayout, pixelLayout, plainName } from './pure/pixel-layout.ts'
import { storedDetection, storedShape } from './pure/rotation.ts'

export interface HidingFilm {
  readonly facts: FilmFacts
  readonly maskBlur: boolean
  readonly style?: HidingStyle | undefined
}

/**
 * Changes `frame` in place; its samples become its own first where a decoder still holds them.
 * @throws {PermanentFailure} RENDER_FAILED
 */
export function hideFrame(frame: Frame, found: FrameDetections, film: HidingFilm): void {
  if (found.detections.length === 0) return
  const layout = writableLayout(frame)
  hideShapes(
    planesOf(frame, layout),
    found.detections.map((detection) => storedHiding(detection, film)),
  )
}

/**
 * Puts synthetic faces and plates in place of the real ones, in place; what cannot be replaced is blurred.
 * @throws {PermanentFailure} RENDER_FAILED, DETECTION_FAILED
 */
export async function synthesizeFrame(
  frame: Frame,
  found: FrameDetections,
  { facts, synthesizer }: { readonly facts: FilmFacts; readonly synthesizer: Synthesizer },
): Promise<void> {
  if (found.detections.length === 0) return
  const layout = writableLayout(frame)
  const planes = planesOf(frame, layout)
  const canvas = {
    planes,
    colours: planes.length === 1 ? 'grey' : 'ycbcr',
    peak: (1 << layout.bits) - 1,
    width: frame.width,
    height: frame.height,
  } as const
  const items = found.detections.map((detection) => ({
    detection: storedDetection(detection, facts.stored, facts.rotation),
    hiding: storedHiding(detection, { facts, maskBlur: true }),
  }))
  await synthesizer.hide(canvas, items, found.pts)
}

function writableLayout(frame: Frame): PixelLayout {
  const layout = pixelLayout(plainName(pixelFormatName(frame)))
  if (!layout) throw new PermanentFailure('RENDER_FAILED', 'The picture format cannot be hidden in.')
  check(frame.makeWritable(), 'WORKER_MEMORY', 'copying a picture')
  return layout
}

function storedHiding(detection: Detection, { facts, maskBlur, style }: HidingFilm): Hiding {
  const { shape, options } = hidingOf(detection, maskBlur, style)
  return { shape: storedShape(shape, facts.stored, facts.rotation), options }
}

/** The frame's samples as planes, without a copy; valid as long as the frame holds its buffers. */
export function planesOf(frame: Frame, layout: PixelLayout): readonly Plane[] {
  const { data, linesize, width, height } = frame
  const bytes = layout.bits > 8 ? 2 : 1
  return layout.planes.map((plane) => {
    const buffer = data?.[plane.index]
    const stride = linesize[plane.index]
    if (!buffer || stride === undefined)
      throw new PermanentFailure('RENDER_FAILED', 'A picture has no samples.')
    const samples =
      bytes === 1 ? buffer : new Uint16Array(buffer.buffer, buffer.byteOffset, buffer.length / bytes)
    return {
      data: samples,
      offset: plane.first,
      stride: stride / bytes,
      step: plane.step,
      width: Math.ceil(width / (1 << plane.xShift)),
      height: Math.ceil(height / (1 << plane.yShift)),
      xShift: plane.xShift,
      yShift: plane.yShift,
    }
  })
}
