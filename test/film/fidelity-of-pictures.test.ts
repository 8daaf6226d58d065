// Proves that outside the masks a hidden film is as good as the same film merely encoded again.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { makeFilm } from './make-film.ts'
import { decodePlanes } from './probe-film.ts'
import { detectorOf, runTask } from './run-task.ts'

const folder = mkdtempSync(join(tmpdir(), 'film-pictures-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const WIDTH = 320
const HEIGHT = 240
/** In look pixels, which are twice the film's. */
const MASK = { x1: 100, y1: 80, x2: 180, y2: 160 }
/** Of the film: the mask with its soft edge and the blocks that it touches. */
const NEAR = { x1: MASK.x1 / 2 - 48, y1: MASK.y1 / 2 - 48, x2: MASK.x2 / 2 + 48, y2: MASK.y2 / 2 + 48 }

const isNear = (x: number, y: number): boolean => x >= NEAR.x1 && x < NEAR.x2 && y >= NEAR.y1 && y < NEAR.y2

/** In dB over all samples of a plane outside of NEAR. */
function noiseOutside(a: readonly Uint8Array[][], b: readonly Uint8Array[][], plane: number): number {
  const shift = plane === 0 ? 0 : 1
  const width = WIDTH >> shift
  let squares = 0
  let count = 0
  for (const [frame, planes] of a.entries()) {
    const [one, other] = [planes[plane], b[frame]?.[plane]]
    if (!one || !other) throw new Error('a picture is missing')
    for (let i = 0; i < one.length; i++) {
      if (isNear((i % width) << shift, Math.floor(i / width) << shift)) continue
      squares += ((one[i] ?? 0) - (other[i] ?? 0)) ** 2
      count++
    }
  }
  return 10 * Math.log10((255 * 255 * count) / squares)
}

test('outside the masks the peak signal-to-noise ratio is within .1 dB of a plain transcode, in every plane', async () => {
  const input = join(folder, 'in.mp4')
  makeFilm({
    path: input,
    muxer: 'mp4',
    codec: 'libx264',
    codecOptions: { preset: 'ultrafast', crf: '8' },
    width: WIDTH,
    height: HEIGHT,
    timeBase: [1, 30],
    times: Array.from({ length: 40 }, (_, i) => i),
    paint: (planes, index) => {
      for (const [p, { data, stride }] of planes.entries()) {
        for (let i = 0; i < data.length; i++) {
          const [x, y] = [(i % stride) + index * (p === 0 ? 2 : 1), Math.floor(i / stride)]
          data[i] = 120 + 40 * Math.sin(x / 5 + p) + 30 * Math.cos(y / 6 + x / 40) + ((x * 31 + y * 57) % 17)
        }
      }
    },
  })
  const run = (name: string, found: boolean) =>
    runTask(input, join(folder, name), {
      models: {
        face: detectorOf('face', () =>
          found ? [{ score: 0.9, box: [MASK.x1, MASK.y1, MASK.x2, MASK.y2] }] : [],
        ),
      },
      config: { enable_lp: false },
      tuning: { copy: false },
    })
  await run('hidden.mp4', true)
  await run('plain.mp4', false)
  const [before, hidden, plain] = ['in.mp4', 'hidden.mp4', 'plain.mp4'].map(
    (name) => decodePlanes(join(folder, name)).pictures,
  )
  for (const plane of [0, 1, 2]) {
    const [ours, theirs] = [hidden, plain].map((after) => noiseOutside(before ?? [], after ?? [], plane))
    expect(ours ?? 0).toBeGreaterThan((theirs ?? 99) - 0.1)
  }
})
