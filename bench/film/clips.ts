// Cuts short clips out of the shared films, so that a measurement takes minutes on a busy machine.
import { existsSync, mkdirSync } from 'node:fs'
import { basename, extname, join } from 'node:path'
import { makeWithWitness, referenceFfmpeg } from '#test/film/reference-decoder.ts'

export interface Clip {
  readonly name: string
  readonly file: string
  readonly fromSeconds: number
  readonly seconds: number
}

/** What is known to be hard: turned profiles, a white car's plate, small far plates, a face that fills the picture. */
export const CLIPS: readonly Clip[] = [
  { name: 'room-a', file: 'one-by-one-person-detection.mp4', fromSeconds: 15, seconds: 9 },
  { name: 'room-b', file: 'one-by-one-person-detection.mp4', fromSeconds: 71, seconds: 6 },
  { name: 'cars', file: 'car-detection.mp4', fromSeconds: 22, seconds: 5 },
  { name: 'dashcam', file: 'solidWhiteRight.mp4', fromSeconds: 0, seconds: 2.5 },
  { name: 'portrait', file: 'portrait-talking-20s.mp4', fromSeconds: 0, seconds: 2.5 },
]

const shared = process.env.SYNTONYM_SHARED_DATA ?? join(import.meta.dirname, '../../../shared/data')

/** Path of a clip of its own pictures, encoded so well that detectors see no difference. @throws {Error} without data */
export function cutClip(clip: Clip, folder: string): string {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `${clip.name}-${basename(clip.file, extname(clip.file))}.mp4`)
  if (existsSync(path)) return path
  const program = referenceFfmpeg()
  const source = join(shared, 'videos', clip.file)
  if (!program || !existsSync(source)) throw new Error(`no ${clip.file}, or no program to cut it with`)
  const span = ['-ss', String(clip.fromSeconds), '-t', String(clip.seconds)]
  makeWithWitness(program, [
    ...span,
    '-i',
    source,
    '-an',
    '-c:v',
    'libx264',
    '-crf',
    '12',
    '-preset',
    'veryfast',
    path,
  ])
  return path
}
