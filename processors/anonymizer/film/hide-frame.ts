// Hides a frame's detections in the planes that the encoder will read, and nowhere else.
import type { Frame } from 'node-av/lib'
import { PermanentFailure } from '#runtime/failure.ts'
import type { FrameDetections } from '#schemas/detection-document.ts'
import { FACE_HIDING, PLATE_HIDING } from '../hide/hide-shape.ts'
import { hideShapes } from '../hide/hide-shapes.ts'
import type { Plane } from '../hide/plane.ts'
import { maskShapeOf } from '../pure/mask-shape.ts'
import type { FilmFacts } from './inspect-film.ts'
import { check } from './media-error.ts'
import { pixelFormatName } from './pixel-format.ts'
import { type PixelLayout, pixelLayout, plainName } from './pure/pixel-layout.ts'
import { storedShape } from './pure/rotation.ts'

/**
 * Changes `frame` in place; its samples become its own first where a decoder still holds them.
 * @throws {PermanentFailure} RENDER_FAILED
 */
export function hideFrame(
  frame: Frame,
  found: FrameDetections,
  film: { readonly facts: FilmFacts; readonly maskBlur: boolean },
): void {
  if (found.detections.length === 0) return
  const layout = pixelLayout(plainName(pixelFormatName(frame)))
  if (!layout) throw new PermanentFailure('RENDER_FAILED', 'The picture format cannot be hidden in.')
  check(frame.makeWritable(), 'WORKER_MEMORY', 'copying a picture')
  const { facts, maskBlur } = film
  const hidings = found.detections.map((detection) => ({
    shape: storedShape(maskShapeOf(detection, maskBlur), facts.stored, facts.rotation),
    options: detection.class === 'face' ? FACE_HIDING : PLATE_HIDING,
  }))
  hideShapes(planesOf(frame, layout), hidings)
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
