// Says how much of a detection's pixels stayed as they were.
import type { DecodedPicture } from '#anonymizer/picture/decoded-picture.ts'
import type { Detection } from '#schemas/detection-document.ts'

export interface BeforeAndAfter {
  readonly before: DecodedPicture
  readonly after: DecodedPicture
}

/**
 * Part of the middle of what was found that stayed as it was: squares of two by two pixels of which no channel changed.
 * Single pixels meet their old value by chance (a white plate on a white plate, in grey); areas do not.
 */
export function keptPart({ before, after }: BeforeAndAfter, { box }: Detection): number {
  const { width, channels } = before
  const [dx, dy] = [(box[2] - box[0]) * 0.2, (box[3] - box[1]) * 0.2]
  const isKept = (x: number, y: number): boolean => {
    const at = (y * width + x) * channels
    for (let c = 0; c < channels; c++) if (before.data[at + c] !== after.data[at + c]) return false
    return true
  }
  let kept = 0
  let all = 0
  for (let y = Math.ceil(box[1] + dy); y < Math.floor(box[3] - dy) - 1; y++) {
    for (let x = Math.ceil(box[0] + dx); x < Math.floor(box[2] - dx) - 1; x++) {
      if (isKept(x, y) && isKept(x + 1, y) && isKept(x, y + 1) && isKept(x + 1, y + 1)) kept++
      all++
    }
  }
  return kept / Math.max(1, all)
}
