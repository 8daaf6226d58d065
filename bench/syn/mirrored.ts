// A picture and a box as a mirror shows them, to see what a measuring model makes of the same face the other way round.
import type { Box } from '#schemas/detection-document.ts'
import type { Rgb } from '../privacy/face-witness.ts'

export function mirrored({ data, width, height }: Rgb): Rgb {
  const out = new Uint8Array(data.length)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < 3; c++)
        out[(y * width + x) * 3 + c] = data[(y * width + width - 1 - x) * 3 + c] ?? 0
  return { data: out, width, height }
}
export const mirroredBox = ([x1, y1, x2, y2]: Box, width: number): Box => [width - x2, y1, width - x1, y2]
