// Makes the two 1080p films that speed is measured on from the shared ones: one dense, one with next to nothing to hide.
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { makeWithWitness, referenceFfmpeg } from '#test/film/reference-decoder.ts'

const shared = process.env.SYNTONYM_SHARED_DATA ?? join(import.meta.dirname, '../../../shared/data')
const video = (name: string): string => join(shared, 'videos', name)

const ENCODED = ['-an', '-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p']

export type TestFilm = 'dense' | 'sparse' | 'two-faces-one-plate'

const RECIPES: Readonly<Record<TestFilm, readonly string[]>> = {
  // A face and cars with plates in every frame, side by side.
  dense: [
    ...['-i', video('portrait-talking-20s.mp4'), '-i', video('car-detection.mp4')],
    '-filter_complex',
    '[1:v]fps=30,scale=-2:1080,crop=1312:1080,setsar=1[c];[0:v]fps=30,setsar=1[p];[p][c]hstack',
    ...['-t', '4', ...ENCODED, '-crf', '20'],
  ],
  // The same talking face twice, a second apart, and the front of a car with a plate that slides past.
  'two-faces-one-plate': [
    ...['-i', video('portrait-talking-20s.mp4'), '-ss', '1', '-i', video('portrait-talking-20s.mp4')],
    ...['-loop', '1', '-i', join(shared, 'plates/corners/images/corners_003.jpg')],
    '-filter_complex',
    '[0:v]fps=30,scale=-2:540,setsar=1[a];[1:v]fps=30,scale=-2:540,setsar=1[b];[2:v]fps=30,crop=720:390:0:435,scale=960:-2,setsar=1[c];' +
      'color=gray:1920x1080:r=30[g];[g][a]overlay=60:20[x];[x][b]overlay=1000:20[y];[y][c]overlay=x=400+40*t:y=560',
    ...['-t', '4', ...ENCODED, '-crf', '20'],
  ],
  // An empty road; a face for a third of a second in the fifth of eight groups.
  sparse: [
    ...['-i', video('solidWhiteRight.mp4'), '-ss', '1', '-i', video('portrait-talking-20s.mp4')],
    '-filter_complex',
    "[0:v]scale=1920:1080,setsar=1[r];[1:v]fps=25,scale=300:-2[p];[r][p]overlay=800:300:enable='between(t,4.4,4.7)'",
    ...['-t', '8', ...ENCODED, '-crf', '20', '-g', '25', '-keyint_min', '25', '-sc_threshold', '0'],
  ],
}

/** Path of the film, made once. @throws {Error} without shared data or the program that makes it */
export function testFilm(name: TestFilm): string {
  const folder = 'bench-out/films'
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `${name}-1080p.mp4`)
  if (existsSync(path)) return path
  const program = referenceFfmpeg()
  if (!program || !existsSync(video('solidWhiteRight.mp4'))) throw new Error('no shared films, or no program')
  makeWithWitness(program, [...(RECIPES[name] ?? []), path])
  return path
}
