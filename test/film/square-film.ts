// A film with a bright square that enters, crosses and leaves, and the frames in which it can still be made out.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { type LookRules, USUAL_LOOKS } from '#anonymizer/film/film-looks.ts'
import { contrast, paintSquare, type Square, squareFinder } from './bright-square.ts'
import { type FilmToMake, makeFilm } from './make-film.ts'
import { decodeLuma } from './probe-film.ts'
import { detectorOf, type RunOptions } from './run-task.ts'

export const WIDTH = 320
export const HEIGHT = 180
export const FRAMES = 40
export const crossing = (frame: number): Square => ({ x: -30 + 9 * frame, y: 40 + frame, side: 44 })
const isVisible = ({ x, side }: Square): boolean => x + side > 4 && x < WIDTH - 4

/** Gone when the test file is done. */
export const folder = mkdtempSync(join(tmpdir(), 'film-square-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let made = 0
export function film(more: Partial<FilmToMake> = {}, extension = '.mp4'): { input: string; output: string } {
  const input = join(folder, `in-${made}${extension}`)
  makeFilm({
    path: input,
    muxer: 'mp4',
    codec: 'libx264',
    codecOptions: { preset: 'ultrafast', crf: '12' },
    width: WIDTH,
    height: HEIGHT,
    timeBase: [1, 30],
    times: Array.from({ length: FRAMES }, (_, i) => i),
    paint: paintSquare(crossing),
    ...more,
  })
  return { input, output: join(folder, `out-${made++}${extension}`) }
}

/** Looks at every frame, so that a call is a frame. */
const everyFrame = { ...USUAL_LOOKS, face: { ...USUAL_LOOKS.face, everySeconds: 0 } }
export const faces = (finder = squareFinder(), looks: LookRules = everyFrame): RunOptions => ({
  models: { face: detectorOf('face', finder) },
  config: { enable_lp: false },
  tuning: { looks },
})

/** Frames in which the square can still be made out. */
export function exposedFrames(path: string, at: (frame: number) => Square | null): number[] {
  const { width, height, pictures } = decodeLuma(path)
  return pictures.flatMap((luma, frame) => {
    const square = at(frame)
    return square && isVisible(square) && contrast(luma, width, height, square) > 8 ? [frame] : []
  })
}
