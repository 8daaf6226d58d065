// Proves with films of another FFmpeg, and with its word on the results, that every accepted codec and depth comes out whole.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { probeFilm } from './probe-film.ts'
import { makeWithWitness, referenceFfmpeg, witness, witnessedStreams } from './reference-decoder.ts'
import { detectorOf, runTask } from './run-task.ts'

const folder = mkdtempSync(join(tmpdir(), 'film-codecs-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const program = referenceFfmpeg() ?? ''
const hasWitness = program !== ''

const PICTURES = ['-f', 'lavfi', '-i', 'testsrc2=size=192x128:rate=25:duration=1.2']
const TONE = ['-f', 'lavfi', '-i', 'sine=frequency=440:duration=1.2']
/** A tone for each of six speakers. */
const SIX = [
  '-f',
  'lavfi',
  '-i',
  'aevalsrc=sin(2*PI*t*200)|sin(2*PI*t*300)|sin(2*PI*t*400)|sin(2*PI*t*50)|sin(2*PI*t*500)|sin(2*PI*t*600):c=5.1:d=1.2',
]
const tagged = (transfer: string): readonly string[] => [
  '-vf',
  `setparams=range=tv:color_primaries=bt2020:color_trc=${transfer}:colorspace=bt2020nc`,
]

interface Kind {
  readonly extension: string
  readonly options: readonly string[]
  /** What the witness must say of the new film's pictures. */
  readonly says: RegExp
}
const vp9 = ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8']
const hevc = [
  '-c:v',
  'libx265',
  '-preset',
  'ultrafast',
  '-x265-params',
  'log-level=none',
  '-pix_fmt',
  'yuv420p10le',
]
const KINDS: Readonly<Record<string, Kind>> = {
  'H.264 with 5.1 sound': {
    extension: '.mp4',
    options: [...SIX, '-c:v', 'libx264', '-c:a', 'aac'],
    says: /h264.*192x128/,
  },
  HEVC: {
    extension: '.mkv',
    options: ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=none'],
    says: /h264.*192x128/,
  },
  'HEVC, 10 bits, HLG': {
    extension: '.mp4',
    options: [...hevc, ...tagged('arib-std-b67')],
    says: /hevc.*yuv420p10le\(tv, bt2020nc\/bt2020\/arib-std-b67/,
  },
  'HEVC, 10 bits, PQ, in a transport stream': {
    extension: '.ts',
    options: [...hevc, ...tagged('smpte2084')],
    says: /hevc.*yuv420p10le\(tv, bt2020nc\/bt2020\/smpte2084/,
  },
  'VP8 with Vorbis': {
    extension: '.webm',
    options: [...TONE, '-c:v', 'libvpx', '-deadline', 'realtime', '-c:a', 'libvorbis'],
    says: /vp9.*192x128/,
  },
  'VP9 with Opus': {
    extension: '.webm',
    options: [...TONE, ...vp9, '-c:a', 'libopus'],
    says: /vp9.*192x128/,
  },
  AV1: {
    extension: '.mkv',
    options: ['-c:v', 'libaom-av1', '-cpu-used', '8', '-usage', 'realtime'],
    says: /h264.*192x128/,
  },
  'MPEG-2 with MP2, wide samples': {
    extension: '.ts',
    options: [...TONE, '-vf', 'setdar=16/9', '-c:v', 'mpeg2video', '-b:v', '1M', '-c:a', 'mp2'],
    says: /h264.*192x128 \[SAR 32:27/,
  },
  'MPEG-4 with MP3': {
    extension: '.avi',
    options: [...TONE, '-c:v', 'mpeg4', '-q:v', '4', '-c:a', 'libmp3lame'],
    says: /h264.*192x128/,
  },
  'MJPEG of full range': {
    extension: '.mov',
    options: ['-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p'],
    says: /h264.*yuvj?420p\(pc/,
  },
  'ProRes 4:2:2 of 10 bits with PCM': {
    extension: '.mov',
    options: [...TONE, '-c:v', 'prores_ks', '-profile:v', '2', '-c:a', 'pcm_s24le'],
    says: /hevc.*yuv422p10le/,
  },
}

async function through(name: string, input: string, extension: string) {
  const output = join(folder, `${name.replaceAll(/\W+/g, '-')}-out${extension}`)
  const seen = detectorOf('face', ({ width, height }) => [
    { score: 0.9, box: [width * 0.3, height * 0.3, width * 0.6, height * 0.7] },
  ])
  const { report } = await runTask(input, output, { models: { face: seen }, config: { enable_lp: false } })
  return { output, report }
}

function made(name: string, { extension, options }: Pick<Kind, 'extension' | 'options'>): string {
  const input = join(folder, `${name.replaceAll(/\W+/g, '-')}${extension}`)
  makeWithWitness(program, [...PICTURES, ...options, input])
  return input
}

describe.skipIf(!hasWitness)(`a film of${hasWitness ? '' : ' (skipped: no other FFmpeg here)'}`, () => {
  test.each(Object.entries(KINDS))('%s keeps pictures, times, sound and tags', async (name, kind) => {
    const input = made(name, kind)
    const { output, report } = await through(name, input, kind.extension)
    const [before, after] = [input, output].map((path) => witness(program, path))
    expect(after?.pictures).toHaveLength(30)
    for (const [i, { at }] of (before?.pictures ?? []).entries())
      expect(after?.pictures[i]?.at).toBeCloseTo(at, 3)
    const [line] = witnessedStreams(program, output).filter((each) => each.includes('Video:'))
    expect(line).toMatch(kind.says)
    const [was, is] = [probeFilm(input), probeFilm(output)]
    expect(is.audio.map(({ hash }) => hash)).toEqual(was.audio.map(({ hash }) => hash))
    for (const [track, { times }] of was.audio.entries())
      for (const [i, time] of times.entries())
        expect(Math.abs((is.audio[track]?.times[i] ?? 0) - time)).toBeLessThanOrEqual(0.001)
    expect(report.frames).toBe(30)
    expect(report.facts.frames_hidden).toBe(30)
  })

  test('a transport stream whose clock wraps goes on, with all pictures and in sync', async () => {
    const wraps = ['-output_ts_offset', String(2 ** 33 / 90000 - 0.6)]
    const options = [...TONE, '-c:v', 'libx264', '-g', '10', '-c:a', 'ac3', ...wraps]
    const input = made('wrap', { extension: '.ts', options })
    const { output } = await through('wrap', input, '.ts')
    const { pictures } = witness(program, output)
    expect(pictures).toHaveLength(30)
    for (const [i, { at }] of pictures.slice(1).entries())
      expect(at - (pictures[i]?.at ?? 0)).toBeCloseTo(0.04, 3)
    const [a, b] = [probeFilm(input), probeFilm(output)].map(({ audio }) => audio[0])
    expect(b?.hash).toBe(a?.hash)
  })

  test('a transport stream that lost packets says so, or has every picture', async () => {
    const options = [...TONE, '-c:v', 'libx264', '-g', '10', '-c:a', 'ac3']
    const bytes = readFileSync(made('lost', { extension: '.ts', options }))
    const packets = Math.floor(bytes.length / 188)
    const kept = Array.from({ length: packets }, (_, i) => i).filter((i) => i < packets / 2 || i % 29 > 2)
    const input = join(folder, 'lossy.ts')
    writeFileSync(input, Buffer.concat(kept.map((i) => bytes.subarray(i * 188, (i + 1) * 188))))
    const { output, report } = await through('lossy', input, '.ts')
    const { frames_damaged = 0, frames_lost = 0 } = report.facts
    expect(Number(frames_damaged) + Number(frames_lost)).toBeGreaterThan(0)
    expect(witness(program, output).pictures).toHaveLength(report.frames)
    expect(report.facts.frames_copied).toBe(0)
  })

  test.each(['.mkv', '.ts', '.avi'])(
    'a film whose last group is broken off (%s) says what is missing',
    async (extension) => {
      const codec = extension === '.avi' ? ['-c:v', 'mpeg4'] : ['-c:v', 'libx264']
      const bytes = readFileSync(made(`whole${extension}`, { extension, options: [...codec, '-g', '10'] }))
      const input = join(folder, `broken${extension}`)
      writeFileSync(input, bytes.subarray(0, Math.floor(bytes.length * 0.7)))
      const outcome = await through(`broken${extension}`, input, extension).then(
        ({ output, report }) => ({ frames: witness(program, output).pictures.length, report }),
        (error: Error & { code?: string }) => ({ code: error.code }),
      )
      if ('code' in outcome) expect(outcome.code).toMatch(/^MEDIA_/)
      else {
        const { seconds_missing, frames_lost, frames_damaged, file_ends_early } = outcome.report.facts
        expect(outcome.frames).toBe(outcome.report.frames)
        expect(
          [seconds_missing, frames_lost, frames_damaged, file_ends_early].some((said) => said !== undefined),
        ).toBe(true)
      }
    },
  )
})

test('the other FFmpeg is there wherever everything must be there', () => {
  if (process.env.CI) expect(hasWitness).toBe(true)
})
