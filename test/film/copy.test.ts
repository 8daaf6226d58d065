// Proves that what holds nothing to hide is taken over bit by bit, that seams decode clean elsewhere, and nothing stays open.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { paintSquare, type Square } from './bright-square.ts'
import { type FilmToMake, ripples } from './make-film.ts'
import { probeFilm } from './probe-film.ts'
import { referenceFfmpeg, witness } from './reference-decoder.ts'
import { runTask } from './run-task.ts'
import { exposedFrames, faces, film } from './square-film.ts'

const program = referenceFfmpeg()
const FRAMES = 120
/** Of eight groups of 15 pictures the square and the padding around it touch four. */
const GROUPS = { groups_copied: 4, groups_encoded: 4 }
const BEGINS = 55
const ENDS = 65
/** In view for a third of a second in the middle of the film. */
const passing = (frame: number): Square | null =>
  frame >= BEGINS && frame < ENDS ? { x: 100 + frame, y: 60, side: 50 } : null

const x264 = { preset: 'veryfast', crf: '20', g: '15', keyint_min: '15' }
const usual = {
  times: Array.from({ length: FRAMES }, (_, i) => i),
  paint: paintSquare(passing),
  codecOptions: x264,
}

interface Kind {
  readonly film: Partial<FilmToMake>
  readonly extension: string
}
const millis = { timeBase: [1, 1000], times: usual.times.map((i) => 33 * i) } as const
const KINDS: Readonly<Record<string, Kind>> = {
  'mp4 with reordering and sound': { film: { audioCodec: 'aac' }, extension: '.mp4' },
  'mp4 without reordering': { film: { codecOptions: { ...x264, bf: '0' } }, extension: '.mp4' },
  'mp4 of the baseline profile': {
    film: { codecOptions: { ...x264, profile: 'baseline' } },
    extension: '.mp4',
  },
  'mp4 with much reordering': {
    film: { codecOptions: { ...x264, bf: '8', b_strategy: '0', 'x264-params': 'b-pyramid=normal' } },
    extension: '.mp4',
  },
  'mp4 with uneven times': {
    film: { timeBase: [1, 600], times: usual.times.map((i) => 20 * i + (i % 3) * 5) },
    extension: '.mp4',
  },
  'mov turned by 90 degrees': { film: { muxer: 'mov', rotation: 90 }, extension: '.mov' },
  'mkv with sound': { film: { muxer: 'matroska', audioCodec: 'libopus', ...millis }, extension: '.mkv' },
  'transport stream with sound': {
    film: {
      muxer: 'mpegts',
      audioCodec: 'ac3',
      timeBase: [1, 90000],
      times: usual.times.map((i) => 90000 * 2 + 3000 * i),
    },
    extension: '.ts',
  },
}

async function hidden({ film: kind, extension }: Kind, copy = true) {
  const made = film({ ...usual, ...kind }, extension)
  const { report, document } = await runTask(made.input, made.output, {
    ...faces(),
    ...(copy ? {} : { task: { copy: false } }),
  })
  return { ...made, report, document }
}

describe('groups of pictures without anything to hide', () => {
  test.each(Object.entries(KINDS))('are taken over sample for sample: %s', async (_, kind) => {
    const { input, output, report, document } = await hidden(kind)
    const copied = Number(report.facts.frames_copied)
    expect(copied).toBe(60)
    expect(report.facts).toMatchObject(GROUPS)
    const [before, after] = [probeFilm(input), probeFilm(output)]
    const [times, written] = [before.video[0]?.times ?? [], after.video[0]?.times ?? []]
    expect(written).toHaveLength(FRAMES)
    for (const [i, time] of times.entries()) expect(written[i]).toBeCloseTo(time, 4)
    expect(after.audio.map(({ hash }) => hash)).toEqual(before.audio.map(({ hash }) => hash))
    if (kind.film.rotation === undefined) expect(exposedFrames(output, passing)).toEqual([])
    const shown = document.frames.filter(({ detections }) => detections.length > 0)
    expect(shown.length).toBeGreaterThan(ENDS - BEGINS)
    if (!program) return
    const [was, is] = [input, output].map((path) => witness(program, path))
    expect(is?.complaints).toBe('')
    expect(is?.pictures).toHaveLength(FRAMES)
    const same = document.frames.filter(
      ({ frame }) => was?.pictures[frame]?.hash === is?.pictures[frame]?.hash,
    )
    expect(same.length).toBeGreaterThanOrEqual(copied)
    expect(same.every(({ detections }) => detections.length === 0)).toBe(true)
    for (const [i, { at }] of (was?.pictures ?? []).entries()) expect(is?.pictures[i]?.at).toBeCloseTo(at, 3)
  })
})

test('seams are looked at with a decoder of another build, wherever everything must be there', () => {
  if (process.env.CI) expect(program).not.toBeNull()
})

test('user data that a camera left between the pictures is not taken over', async () => {
  const { input, output } = await hidden({ film: {}, extension: '.mp4' })
  expect(readFileSync(input).includes('x264 - core')).toBe(true)
  expect(readFileSync(output).includes('rc=crf mbtree=1 crf=20.0')).toBe(false)
})

test('nothing is taken over when it is switched off, or where the codec has to change', async () => {
  const off = await hidden({ film: {}, extension: '.mp4' }, false)
  expect(off.report.facts).toMatchObject({ not_copied: 'switched off' })
  const mpeg4 = await hidden({ film: { codec: 'mpeg4', codecOptions: {} }, extension: '.mp4' })
  expect(mpeg4.report.facts).toMatchObject({ not_copied: 'codec' })
  expect(exposedFrames(mpeg4.output, passing)).toEqual([])
})

test.each([
  [
    'HEVC',
    { codec: 'libx265', codecOptions: { preset: 'ultrafast', 'x265-params': 'log-level=none' } },
    '.mp4',
  ],
  [
    'VP9',
    { codec: 'libvpx-vp9', muxer: 'matroska', codecOptions: { deadline: 'realtime' }, ...millis },
    '.mkv',
  ],
  [
    'VP9 in WebM',
    { codec: 'libvpx-vp9', muxer: 'webm', codecOptions: { deadline: 'realtime' }, ...millis },
    '.webm',
  ],
  ['H.264 of 10 bits', { pixelFormat: 'yuv420p10le', paint: ripples(2) }, '.mp4'],
  ['H.264 of full colour', { pixelFormat: 'yuv444p', paint: ripples() }, '.mp4'],
  ['H.264 in AVI', { muxer: 'avi', codecOptions: { ...x264, bf: '0' } }, '.avi'],
] as const)('%s is encoded whole, and the report says why', async (name, kind, extension) => {
  const why = {
    'VP9 in WebM': 'container',
    'H.264 in AVI': 'container',
    'H.264 of full colour': 'colour format',
  }
  const made = film(
    { ...usual, times: ('times' in kind ? kind.times : usual.times).slice(0, 40), ...kind },
    extension,
  )
  const { report } = await runTask(made.input, made.output, {})
  expect(report.facts.not_copied).toBe(why[name as keyof typeof why] ?? 'codec')
  expect(report.facts.frames_copied).toBeUndefined()
  const [before, after] = [probeFilm(made.input), probeFilm(made.output)]
  expect(after.video[0]?.times).toHaveLength(before.video[0]?.times.length ?? -1)
})

test('a film whose parts turn out not to fit is begun again and encoded whole, with nothing left open', async () => {
  // In milliseconds two pictures of the group in which the square, or its padding, turns up are shown at once.
  const times = usual.times.map((i) => 512 * i - (i === 43 ? 509 : 0))
  const film = { muxer: 'matroska', audioCodec: 'libopus', timeBase: [1, 12800], times } as const
  const made = await hidden({
    film: { ...film, codecOptions: { ...x264, g: '20', bf: '0' } },
    extension: '.mkv',
  })
  expect(made.report.facts).toMatchObject({ not_copied: 'parts do not fit', frame_times_repaired: 1 })
  expect(made.report.frames).toBe(FRAMES)
  expect(exposedFrames(made.output, passing)).toEqual([])
  const [before, after] = [probeFilm(made.input), probeFilm(made.output)]
  expect(after.video[0]?.times).toHaveLength(FRAMES)
  expect(after.audio.map(({ hash }) => hash)).toEqual(before.audio.map(({ hash }) => hash))
  expect(made.document.frames).toHaveLength(FRAMES)
})

test('a film that refreshes only once, with open groups, is encoded from where something shows', async () => {
  const open = {
    film: { codecOptions: { ...x264, 'x264-params': 'open-gop=1:keyint=15' } },
    extension: '.mp4',
  }
  const { output, report } = await hidden(open)
  expect(report.facts.frames_copied).toBe(0)
  expect(exposedFrames(output, passing)).toEqual([])
})
