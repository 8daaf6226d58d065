// Proves that a film's length does not matter to memory.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { paintSquare } from './bright-square.ts'
import { makeFilm } from './make-film.ts'

const folder = mkdtempSync(join(tmpdir(), 'film-memory-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('memory at the end of a film is what it was half way', async () => {
  const input = join(folder, 'in.mp4')
  makeFilm({
    path: input,
    muxer: 'mp4',
    codec: 'libx264',
    codecOptions: { preset: 'ultrafast' },
    audioCodec: 'aac',
    width: 192,
    height: 108,
    timeBase: [1, 30],
    times: Array.from({ length: 2000 }, (_, i) => i),
    paint: paintSquare((frame) => ({ x: 20 + (frame % 100), y: 30, side: 44 })),
  })
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--expose-gc',
    // Node makes room for young objects in steps of 16 MB, some of them late; that is no leak.
    '--max-semi-space-size=2',
    join(import.meta.dirname, 'run-memory.ts'),
    input,
    join(folder, 'out.mp4'),
  ])
  const { early, late } = JSON.parse(stdout) as { early: number; late: number }
  expect(late / early).toBeLessThan(1.06)
}, 120_000)
