// Remembers on disk what a detector found in a picture, so that ways of looking can be compared without looking again.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Detector, RawDetection } from '#anonymizer/detect/detector.ts'

export interface Remembering extends Detector {
  /** Since the last reset: runs asked for, and pixels in them. */
  readonly asked: { runs: number; pixels: number }
  reset(): void
}

/** The finds of pictures seen before come from `folder`; asking counts all the same. */
export function remembering(detector: Detector, folder: string): Remembering {
  mkdirSync(folder, { recursive: true })
  const asked = { runs: 0, pixels: 0 }
  return {
    ...detector,
    asked,
    reset() {
      asked.runs = 0
      asked.pixels = 0
    },
    async detect(picture, threshold) {
      asked.runs++
      asked.pixels += picture.width * picture.height
      const key = createHash('sha1')
        .update(`${detector.modelSha256} ${picture.width} ${threshold.toFixed(4)} `)
        .update(picture.data)
        .digest('hex')
      const path = join(folder, `${key}.json`)
      if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as RawDetection[]
      const finds = await detector.detect(picture, threshold)
      writeFileSync(path, JSON.stringify(finds))
      return finds
    },
  }
}
