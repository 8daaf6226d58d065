// Proves that a film comes out with every frame, time, tag and sound packet that it went in with.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { containerRules } from '#anonymizer/film/pure/container.ts'
import { verifyFilm } from '#anonymizer/film/verify-film.ts'
import { type FilmToMake, makeFilm, ripples } from './make-film.ts'
import { type ProbedFilm, probeFilm, soundBytes } from './probe-film.ts'
import { type RunOptions, runTask } from './run-task.ts'

const folder = mkdtempSync(join(tmpdir(), 'film-fidelity-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const steady = (frames: number, step: number): number[] => Array.from({ length: frames }, (_, i) => i * step)
const usual = {
  width: 160,
  height: 120,
  timeBase: [1, 12800],
  times: steady(30, 512),
  paint: ripples(),
} satisfies Partial<FilmToMake>

let made = 0
async function through(
  film: Partial<FilmToMake> & Pick<FilmToMake, 'muxer' | 'codec'>,
  extension: string,
  options?: RunOptions,
): Promise<{ before: ProbedFilm; after: ProbedFilm; facts: Readonly<Record<string, unknown>> }> {
  const input = join(folder, `in-${made}${extension}`)
  const output = join(folder, `out-${made++}${extension}`)
  makeFilm({ ...usual, ...film, path: input })
  const tuning = { copy: false, ...options?.tuning }
  const { report } = await runTask(input, output, { ...options, tuning })
  return { before: probeFilm(input), after: probeFilm(output), facts: report.facts }
}

/** Times equal to within a tenth of a millisecond, sound equal to the byte. */
function expectSame(before: ProbedFilm, after: ProbedFilm): void {
  expect(after.video).toHaveLength(1)
  const [a, b] = [before.video[0], after.video[0]]
  expect(b?.times).toHaveLength(a?.times.length ?? -1)
  for (const [i, time] of (a?.times ?? []).entries()) expect(b?.times[i]).toBeCloseTo(time, 4)
  expect([b?.width, b?.height]).toEqual([a?.width, a?.height])
  expect(after.audio.map(({ codec, hash }) => [codec, hash])).toEqual(
    before.audio.map(({ codec, hash }) => [codec, hash]),
  )
  for (const [track, { times }] of before.audio.entries()) {
    const came = after.audio[track]?.times ?? []
    expect(came).toHaveLength(times.length)
    for (const [i, time] of times.entries()) expect(came[i]).toBeCloseTo(time, 4)
  }
  expect(Math.abs(after.seconds - before.seconds)).toBeLessThan(0.05)
}

const x264 = { codec: 'libx264', codecOptions: { preset: 'ultrafast', bf: '2' } }
const EXTENSIONS: readonly [string, Partial<FilmToMake> & Pick<FilmToMake, 'muxer' | 'codec'>, string][] = [
  ['.mp4', { ...x264, muxer: 'mp4', audioCodec: 'aac' }, 'h264'],
  [
    '.mkv',
    { ...x264, muxer: 'matroska', audioCodec: 'aac', timeBase: [1, 1000], times: steady(30, 40) },
    'h264',
  ],
  [
    '.webm',
    { codec: 'libvpx', muxer: 'webm', audioCodec: 'libopus', timeBase: [1, 1000], times: steady(30, 40) },
    'vp9',
  ],
  [
    '.ts',
    { codec: 'mpeg2video', muxer: 'mpegts', audioCodec: 'aac', timeBase: [1, 25], times: steady(30, 1) },
    'h264',
  ],
  ['.mov', { codec: 'mjpeg', pixelFormat: 'yuvj420p', muxer: 'mov', audioCodec: 'pcm_s16le' }, 'h264'],
  [
    '.avi',
    { codec: 'mpeg4', muxer: 'avi', audioCodec: 'libmp3lame', timeBase: [1, 25], times: steady(30, 1) },
    'h264',
  ],
  [
    '.mts',
    {
      ...x264,
      muxer: 'mpegts',
      audioCodec: 'ac3',
      muxerOptions: { mpegts_m2ts_mode: '1' },
      timeBase: [1, 90000],
      times: steady(30, 3600),
    },
    'h264',
  ],
]

describe('every extension keeps frame count, times, duration and sound', () => {
  test.each(EXTENSIONS)('%s', async (extension, film, codec) => {
    const { before, after } = await through(film, extension)
    expectSame(before, after)
    expect(before.video[0]?.times).toHaveLength(30)
    expect(after.video[0]?.codec).toBe(codec)
    expect(after.others).toBe(0)
  })
})

test('a variable frame rate comes out with exactly its own times, the last frame as long as it was', async () => {
  const times = [0, 100, 700, 750, 2000, 2010, 2500, 4000, 9000, 9001, 9500, 12000]
  const { before, after } = await through({ ...x264, muxer: 'mp4', timeBase: [1, 12800], times }, '.mp4')
  expectSame(before, after)
  expect(after.video[0]?.lastDuration).toBeCloseTo(before.video[0]?.lastDuration ?? -1, 6)
})

test('a film that starts late starts as late as it did, beside sound that starts at once', async () => {
  const times = steady(20, 512).map((time) => time + 6400)
  const { before, after } = await through({ ...x264, muxer: 'mp4', audioCodec: 'aac', times }, '.mp4')
  expectSame(before, after)
  expect(after.video[0]?.times[0]).toBeCloseTo(0.5, 3)
})

test.each([90, 180, 270] as const)('a display matrix of %i degrees is kept', async (rotation) => {
  const { before, after } = await through({ ...x264, muxer: 'mp4', rotation }, '.mp4')
  expectSame(before, after)
  expect(after.video[0]?.sideData).toEqual(before.video[0]?.sideData)
  expect(after.video[0]?.sideData).toHaveLength(1)
})

test.each([
  ['yuv444p', 33, 35, 'libx264', 'mp4', '.mp4'],
  ['yuv420p', 65, 49, 'libvpx', 'webm', '.webm'],
  ['yuv420p', 65, 49, 'mpeg4', 'avi', '.avi'],
] as const)(
  'odd sizes stay what they are: %s %ix%i %s',
  async (pixelFormat, width, height, codec, muxer, extension) => {
    const timing =
      muxer === 'mp4'
        ? {}
        : ({
            timeBase: [1, muxer === 'avi' ? 25 : 1000],
            times: steady(10, muxer === 'avi' ? 1 : 40),
          } as const)
    const { before, after } = await through(
      { codec, muxer, pixelFormat, width, height, ...timing },
      extension,
    )
    expectSame(before, after)
  },
)

test('10 bits and HDR tags stay', async () => {
  const colours = { range: 1, primaries: 9, transfer: 16, space: 9 }
  const film = {
    codec: 'libx265',
    codecOptions: { 'x265-params': 'log-level=none', preset: 'ultrafast' },
    muxer: 'mp4',
  }
  const { before, after } = await through(
    { ...film, pixelFormat: 'yuv420p10le', paint: ripples(2), colours, times: steady(12, 512) },
    '.mp4',
  )
  expectSame(before, after)
  expect(after.video[0]?.pixelFormat).toBe('yuv420p10le')
  expect(after.video[0]?.colours).toEqual([1, 9, 16, 9])
})

test('colour tags and the sample aspect ratio stay', async () => {
  const colours = { range: 1, primaries: 1, transfer: 1, space: 1 }
  const { before, after } = await through({ ...x264, muxer: 'mp4', colours, sampleAspect: [4, 3] }, '.mp4')
  expect(after.video[0]?.colours).toEqual(before.video[0]?.colours)
  expect(after.video[0]?.sampleAspect).toBe(before.video[0]?.sampleAspect)
})

test('the encoder chooses its own key frames, whatever the old film had', async () => {
  const { before, after } = await through(
    { ...x264, codecOptions: { preset: 'ultrafast', g: '1' }, muxer: 'mp4' },
    '.mp4',
  )
  expect([before.video[0]?.keyFrames, after.video[0]?.keyFrames]).toEqual([30, 1])
})

test('a film without sound has none afterwards', async () => {
  const { before, after } = await through({ ...x264, muxer: 'mp4' }, '.mp4')
  expectSame(before, after)
  expect(after.audio).toEqual([])
})

test('two sound tracks come out as two, each its own', async () => {
  const { before, after } = await through(
    {
      ...x264,
      muxer: 'matroska',
      audioCodec: 'aac',
      audioTracks: 2,
      timeBase: [1, 1000],
      times: steady(30, 40),
    },
    '.mkv',
  )
  expectSame(before, after)
  expect(new Set(after.audio.map(({ hash }) => hash)).size).toBe(2)
})

test('sound is left out where that is asked for, and the report says so', async () => {
  const { before, after, facts } = await through({ ...x264, muxer: 'mp4', audioCodec: 'aac' }, '.mp4', {
    config: { drop_audio: true },
  })
  expectSame({ ...before, audio: [], seconds: after.seconds }, after)
  expect(before.audio).toHaveLength(1)
  expect(facts).toMatchObject({ sound_tracks_kept: 0, sound_tracks_dropped: 1 })
  expect(facts.seconds_missing).toBeUndefined()
})

test('a film decoded twice for want of memory is the same film', async () => {
  const { before, after, facts } = await through({ ...x264, muxer: 'mp4', audioCodec: 'aac' }, '.mp4', {
    tuning: { windowBytes: 0 },
  })
  expectSame(before, after)
  expect(facts.decoded_twice).toBe(true)
})

test('a film that does not start on a key frame says what was lost', async () => {
  const { after, facts } = await through(
    {
      ...x264,
      muxer: 'matroska',
      timeBase: [1, 1000],
      times: steady(30, 40),
      codecOptions: { preset: 'ultrafast', g: '12', bf: '0' },
      keepPacket: (place) => place > 4,
    },
    '.mkv',
  )
  const frames = after.video[0]?.times.length ?? 0
  expect(frames).toBeGreaterThan(15)
  expect(Number(facts.frames_damaged ?? 0) + Number(facts.frames_lost ?? 0)).toBeGreaterThan(0)
})

test('a film damaged in the middle keeps its length and says what was damaged', async () => {
  const input = join(folder, 'damaged.mkv')
  const output = join(folder, 'damaged-out.mkv')
  const film = { ...x264, codecOptions: { preset: 'ultrafast', g: '10' }, muxer: 'matroska' }
  makeFilm({ ...usual, ...film, timeBase: [1, 1000], times: steady(60, 40), path: input })
  const bytes = readFileSync(input)
  for (let at = Math.floor(bytes.length * 0.5); at < bytes.length * 0.53; at += 3) bytes[at] = at & 255
  writeFileSync(input, bytes)
  const { report } = await runTask(input, output)
  const { frames_damaged = 0, frames_lost = 0 } = report.facts
  expect(Number(frames_damaged) + Number(frames_lost)).toBeGreaterThan(0)
  expect(probeFilm(output).video[0]?.times).toHaveLength(report.frames)
  expect(report.frames + Number(frames_lost)).toBeGreaterThanOrEqual(
    probeFilm(input).video[0]?.times.length ?? 0,
  )
})

test('a written film that lacks a picture or a byte of sound is refused', async () => {
  const input = join(folder, 'checked.mp4')
  makeFilm({ ...usual, ...x264, muxer: 'mp4', audioCodec: 'aac', path: input })
  const rules = containerRules('.mp4')
  if (!rules) throw new Error('no rules')
  const bytes = soundBytes(input)
  const written = { pictures: 30, soundPackets: [0], soundBytes: [bytes], movedSound: 0 }
  expect(() => verifyFilm(input, rules, written)).not.toThrow()
  expect(() => verifyFilm(input, rules, { ...written, pictures: 31 })).toThrow('30 pictures instead of 31')
  expect(() => verifyFilm(input, rules, { ...written, soundBytes: [bytes + 1] })).toThrow(
    'another amount of sound',
  )
})
