// Decodes films with another build of FFmpeg than the product's, as a program of its own: an independent witness.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** A static build as a Python wheel; for tests and benchmarks only, never part of what is shipped. */
const WHEEL = 'imageio-ffmpeg==0.8.1'
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'syntonym')
const folder = join(cache, 'tools', WHEEL.replace('==', '-'))

/** Path of the program; fetched with pip once and kept beside the models. Null where it cannot be had. */
export function referenceFfmpeg(): string | null {
  if (!existsSync(folder)) install()
  const binaries = join(folder, 'imageio_ffmpeg', 'binaries')
  if (!existsSync(binaries)) return null
  const name = readdirSync(binaries).find((file) => file.startsWith('ffmpeg-'))
  return name === undefined ? null : join(binaries, name)
}

function install(): void {
  mkdirSync(join(cache, 'tools'), { recursive: true })
  const fresh = mkdtempSync(join(cache, 'tools', '.new-'))
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps']
  const done = spawnSync('python3', [...pip, '--target', fresh, WHEEL], { stdio: 'ignore' })
  // Another test file may have been faster.
  if (done.status === 0 && !existsSync(folder)) renameSync(fresh, folder)
  else rmSync(fresh, { recursive: true, force: true })
}

export interface WitnessedFilm {
  /** Of every picture, in the order shown: time in seconds and hash of its samples. */
  readonly pictures: readonly { readonly at: number; readonly hash: string }[]
  /** What the decoder complained of. */
  readonly complaints: string
}

export function witness(program: string, path: string): WitnessedFilm {
  const done = spawnSync(
    program,
    [
      '-v',
      'warning',
      '-i',
      path,
      '-map',
      '0:v:0',
      '-fps_mode',
      'passthrough',
      '-copyts',
      '-f',
      'framemd5',
      '-',
    ],
    { encoding: 'utf8', maxBuffer: 1 << 26 },
  )
  const base = /^#tb 0: (\d+)\/(\d+)/m.exec(done.stdout)
  const tick = Number(base?.[1]) / Number(base?.[2])
  const pictures = done.stdout
    .split('\n')
    .filter((line) => /^0,/.test(line))
    .map((line) => line.split(',').map((part) => part.trim()))
    .map(([, , pts, , , hash]) => ({ at: Number(pts) * tick, hash: hash ?? '' }))
  return { pictures, complaints: done.stderr }
}

/** Facts that the witness prints about a film's streams, a line each. */
export function witnessedStreams(program: string, path: string): string[] {
  const done = spawnSync(program, ['-hide_banner', '-i', path], { encoding: 'utf8' })
  return done.stderr.split('\n').filter((line) => /^\s*Stream #/.test(line))
}

/** Makes a film with the witness's own encoders and muxers; options as on its command line. */
export function makeWithWitness(program: string, options: readonly string[]): void {
  execFileSync(program, ['-v', 'error', '-y', ...options], { stdio: ['ignore', 'ignore', 'pipe'] })
}
