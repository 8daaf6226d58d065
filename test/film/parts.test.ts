// Proves that a film worked on in parts is the film that one go makes, that parts once done are not done again, and no others taken.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { USUAL_LOOKS } from '#anonymizer/film/film-looks.ts'
import { joinTracks } from '#anonymizer/film/pure/join-tracks.ts'
import { planParts } from '#anonymizer/film/pure/part-plan.ts'
import { cornersOf } from '#anonymizer/pure/mask-shape.ts'
import type { Detection, DetectionDocument, FrameDetections } from '#schemas/detection-document.ts'
import { paintSquare, type Square, squareFinder } from './bright-square.ts'
import type { FilmToMake } from './make-film.ts'
import { coverage } from './planted/exposure.ts'
import { probeFilm } from './probe-film.ts'
import { referenceFfmpeg, witness } from './reference-decoder.ts'
import { detectorOf, type RunOptions, runTask } from './run-task.ts'
import { exposedFrames, film, folder, HEIGHT, WIDTH } from './square-film.ts'

const FRAMES = 270
const PART_SECONDS = 2
/** To and fro through the whole film, but for a second and a half in which nobody is there. */
const walking = (frame: number): Square | null =>
  frame >= 100 && frame < 145
    ? null
    : { x: 20 + Math.round(110 * (1 + Math.sin(frame / 20))), y: 60, side: 44 }
const x264 = { preset: 'ultrafast', crf: '14', g: '30', keyint_min: '30', bf: '2', sc_threshold: '0' }
const times = Array.from({ length: FRAMES }, (_, i) => i)
const usual: Partial<FilmToMake> = {
  times,
  paint: paintSquare(walking),
  codecOptions: x264,
  audioCodec: 'aac',
}
const millis = { timeBase: [1, 1000], times: times.map((i) => 33 * i) } as const

interface Looked {
  calls: number
}
const looking = (looked: Looked, limit = Number.POSITIVE_INFINITY): RunOptions => {
  const find = squareFinder()
  return {
    models: {
      face: detectorOf('face', (picture, call) => {
        looked.calls++
        if (looked.calls > limit) throw new Error('killed')
        return find(picture, call)
      }),
    },
    config: { enable_lp: false },
    tuning: { looks: { ...USUAL_LOOKS, face: { ...USUAL_LOOKS.face, mostEnlarged: 1 } } },
  }
}

let made = 0
const newFolder = (): string => {
  const path = join(folder, `parts-${made++}`)
  mkdirSync(path)
  return path
}

async function inParts(
  input: string,
  output: string,
  parts: string,
  looked: Looked = { calls: 0 },
  limit?: number,
) {
  const task = { partsPath: parts, partSeconds: PART_SECONDS }
  const done = await runTask(input, output, { ...looking(looked, limit), task })
  return { ...done, looked }
}

/** Finds of `whole` of which less than nine tenths lie under a mask of `parted`. */
function uncovered(whole: DetectionDocument, parted: DetectionDocument): string[] {
  return whole.frames.flatMap(({ frame, detections }) =>
    detections
      .filter(({ origin }) => origin === 'detected')
      .filter((found) => {
        const masks = parted.frames[frame]?.detections ?? []
        return coverage({ width: WIDTH, height: HEIGHT }, cornersOf(found.box), masks).hidden < 0.9
      })
      .map(({ box }) => `${frame}: ${box}`),
  )
}

describe('a film in parts', () => {
  const kinds: Readonly<Record<string, readonly [Partial<FilmToMake>, string]>> = {
    'mp4 with reordering and sound': [{}, '.mp4'],
    'mkv with sound': [{ ...millis, muxer: 'matroska', audioCodec: 'libopus' }, '.mkv'],
    'mov with open groups': [
      { muxer: 'mov', codecOptions: { ...x264, 'x264-params': 'open-gop=1' } },
      '.mov',
    ],
    'transport stream with sound': [
      {
        muxer: 'mpegts',
        audioCodec: 'ac3',
        timeBase: [1, 90000],
        times: times.map((i) => 180_000 + 3000 * i),
      },
      '.ts',
    ],
    'webm of VP9': [
      {
        ...millis,
        muxer: 'webm',
        codec: 'libvpx-vp9',
        audioCodec: 'libopus',
        codecOptions: { deadline: 'realtime', 'cpu-used': '8', g: '30' },
      },
      '.webm',
    ],
    'avi of MPEG-4': [
      { muxer: 'avi', codec: 'mpeg4', audioCodec: 'libmp3lame', codecOptions: { g: '30', b: '800000' } },
      '.avi',
    ],
    'mp4 of HEVC': [
      { codec: 'libx265', codecOptions: { preset: 'ultrafast', 'x265-params': 'log-level=none:keyint=30' } },
      '.mp4',
    ],
    'mp4 with uneven times': [{ timeBase: [1, 600], times: times.map((i) => 20 * i + (i % 3) * 5) }, '.mp4'],
  }

  test.each(Object.entries(kinds))(
    'is as long, as covered and as sound as in one go: %s',
    async (_, [kind, extension]) => {
      const { input, output } = film({ ...usual, ...kind }, extension)
      const whole = await runTask(input, `${output}.whole${extension}`, looking({ calls: 0 }))
      const parted = await inParts(input, output, newFolder())
      expect(Number(parted.report.facts.parts)).toBeGreaterThanOrEqual(3)
      expect(parted.report.frames).toBe(whole.report.frames)
      expect(parted.report.faces).toBe(whole.report.faces)
      expect(parted.document.frames.map(({ frame }) => frame)).toEqual(
        whole.document.frames.map(({ frame }) => frame),
      )
      expect(parted.document.frames.map(({ pts }) => pts)).toEqual(
        whole.document.frames.map(({ pts }) => pts),
      )
      expect(uncovered(whole.document, parted.document)).toEqual([])
      expect(exposedFrames(output, walking)).toEqual([])
      const [one, many, before] = [`${output}.whole${extension}`, output, input].map(probeFilm)
      for (const [i, time] of (one?.video[0]?.times ?? []).entries())
        expect(many?.video[0]?.times[i]).toBeCloseTo(time, 4)
      expect(many?.video[0]?.times).toHaveLength(one?.video[0]?.times.length ?? -1)
      expect(many?.audio.map(({ hash }) => hash)).toEqual(before?.audio.map(({ hash }) => hash))
      expect(Math.abs((many?.seconds ?? 0) - (one?.seconds ?? 0))).toBeLessThan(0.05)
      const program = referenceFfmpeg()
      if (!program) return
      const shown = witness(program, output)
      expect(shown.complaints).toBe('')
      expect(shown.pictures).toHaveLength(parted.report.frames)
    },
    60_000,
  )

  test.each([0.2, 0.5, 0.8])(
    'stopped at %d of the way goes on with the part in hand, and is the same file in the end',
    async (share) => {
      const { input, output } = film(usual)
      const undisturbed = await inParts(input, `${output}.undisturbed.mp4`, newFolder())
      const kept = newFolder()
      const first: Looked = { calls: 0 }
      const limit = Math.round(share * undisturbed.looked.calls)
      await expect(inParts(input, output, kept, first, limit)).rejects.toMatchObject({
        code: 'DETECTION_FAILED',
      })
      const second = await inParts(input, output, kept)
      const parts = Number(second.report.facts.parts)
      expect(parts).toBe(Number(undisturbed.report.facts.parts))
      expect(Number(second.report.facts.parts_taken_over ?? 0)).toBeGreaterThanOrEqual(
        Math.floor(share * parts) - 1,
      )
      const longest = (undisturbed.looked.calls / parts) * 1.7
      expect(limit + second.looked.calls - undisturbed.looked.calls).toBeLessThan(longest)
      expect(readFileSync(output).equals(readFileSync(`${output}.undisturbed.mp4`))).toBe(true)
    },
    60_000,
  )

  test('that was made with other settings, or is broken off, is made again', async () => {
    const { input, output } = film(usual)
    const kept = newFolder()
    const first = await inParts(input, output, kept)
    const names = readdirSync(kept).filter((name) => name.startsWith('part-'))
    expect(names).toHaveLength(Number(first.report.facts.parts))
    const again = await inParts(input, output, kept)
    expect([again.looked.calls, again.report.facts.parts_taken_over]).toEqual([0, names.length])
    const broken = join(kept, names[1] ?? '')
    writeFileSync(broken, readFileSync(broken).subarray(0, -20))
    expect((await inParts(input, output, kept)).report.facts.parts_taken_over).toBe(names.length - 1)
    copyFileSync(join(kept, names[0] ?? ''), broken)
    expect((await inParts(input, output, kept)).report.facts.parts_taken_over).toBe(names.length - 1)
    const task = { partsPath: kept, partSeconds: PART_SECONDS }
    const mosaic = { enable_lp: false, hide_by: 'mosaic' as const }
    const other = await runTask(input, output, { ...looking({ calls: 0 }), config: mosaic, task })
    expect(other.report.facts.parts_taken_over).toBeUndefined()
    rmSync(kept, { recursive: true })
  }, 60_000)

  test('is done in one go where it is short, or its frames have no times of their own, and says so', async () => {
    const short = film({ ...usual, times: times.slice(0, 80) })
    const { report } = await inParts(short.input, short.output, newFolder())
    expect([report.facts.parts, report.facts.not_parted]).toEqual([undefined, undefined])
    const twice = film(
      {
        ...usual,
        muxer: 'matroska',
        audioCodec: 'libopus',
        timeBase: [1, 12800],
        codecOptions: { ...x264, bf: '0' },
        times: times.map((i) => 512 * i - (i === 43 ? 509 : 0)),
      },
      '.mkv',
    )
    const doubled = await inParts(twice.input, twice.output, newFolder())
    expect(doubled.report.facts.not_parted).toBe('frames without times of their own')
    expect(exposedFrames(twice.output, walking)).toEqual([])
  })
})

test('parts follow each other without a gap, each entered at a key frame before its margin', () => {
  const keys = Array.from({ length: 100 }, (_, i) => ({ pts: BigInt(i * 77), seek: BigInt(i * 77 - 2) }))
  const parts = planParts({ keys, end: 7700n, tick: 0.01 }, { partSeconds: 10, marginSeconds: 1.5 })
  expect(parts.length).toBe(8)
  for (const [i, part] of parts.entries()) {
    expect(part.index).toBe(i)
    expect(part.from).toBe(i === 0 ? null : (parts[i - 1]?.to ?? null))
    if (part.from === null) continue
    expect(keys.some(({ pts }) => pts === part.from)).toBe(true)
    expect(Number(part.enter?.pts)).toBeLessThanOrEqual(Number(part.from) - 150)
    expect(part.from - (parts[i - 1]?.from ?? 0n)).toBeGreaterThanOrEqual(1000n)
  }
  expect(parts.at(-1)?.to).toBeNull()
  expect(
    planParts({ keys: keys.slice(0, 1), end: 7700n, tick: 0.01 }, { partSeconds: 10, marginSeconds: 1 }),
  ).toHaveLength(1)
})

test('two tracks are joined across a seam where both parts saw them in the same place, and only then', () => {
  const at = (
    frame: number,
    ...found: readonly (readonly [number, number, 'face' | 'plate'])[]
  ): FrameDetections => ({
    ...{ frame, pts: frame / 30, looked: true },
    detections: found.map(
      ([track, x, name]): Detection => ({
        class: name,
        track,
        score: 0.9,
        box: [x, 10, x + 40, 50],
        origin: 'detected',
      }),
    ),
  })
  const earlier = [at(10, [2, 0, 'face'], [5, 100, 'plate']), at(11, [2, 4, 'face'], [5, 104, 'plate'])]
  const later = [at(10, [0, 2, 'face'], [4, 100, 'face'], [1, 300, 'plate']), at(12, [8, 4, 'face'])]
  expect([...joinTracks(earlier, later)]).toEqual([[0, 2]])
})
