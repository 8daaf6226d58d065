// Turns a raw find into an entry of the detection document: finite, inside the picture, never smaller than it was.
import type { Box, Detection } from '#schemas/detection-document.ts'

export interface Find {
  readonly class: 'face' | 'plate'
  readonly score: number
  readonly box: Box
  readonly quad?: Detection['quad']
  readonly roll?: number
}

/** Box clipped to the picture's size (not size - 1); undefined where nothing of it lies inside. The quad stays whole. */
export function clippedDetection(
  find: Find,
  picture: { readonly width: number; readonly height: number },
): Detection | undefined {
  const { width, height } = picture
  const clip = (value: number, size: number): number => Math.min(Math.max(value, 0), size)
  const box: Box = [
    clip(find.box[0], width),
    clip(find.box[1], height),
    clip(find.box[2], width),
    clip(find.box[3], height),
  ]
  if (box[2] <= box[0] || box[3] <= box[1]) return undefined
  return {
    class: find.class,
    score: Math.min(Math.max(find.score, 0), 1),
    box,
    ...(find.quad ? { quad: find.quad } : {}),
    track: null,
    origin: 'detected',
    ...(find.roll === undefined ? {} : { roll: find.roll }),
  }
}
