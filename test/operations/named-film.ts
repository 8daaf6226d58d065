// A short film for a run under a name that must not be seen anywhere.
import { paintSquare } from '../film/bright-square.ts'
import { makeFilm } from '../film/make-film.ts'

export const bright = { width: 320, height: 180, frames: 40 }

export function makeNamedFilm(path: string): void {
  makeFilm({
    path,
    muxer: 'mp4',
    codec: 'libx264',
    codecOptions: { preset: 'ultrafast', crf: '20' },
    width: bright.width,
    height: bright.height,
    timeBase: [1, 30],
    times: Array.from({ length: bright.frames }, (_, i) => i),
    paint: paintSquare((frame) => ({ x: 4 * frame, y: 40, side: 44 })),
  })
}
