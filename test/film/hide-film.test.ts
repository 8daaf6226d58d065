// Proves that what a detector finds is hidden in every frame, also where it fails, turns, enters, leaves or is cut away.
import { existsSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { USUAL_LOOKS } from '#anonymizer/film/film-looks.ts'
import { brightBox, paintSquare, type Square, squareFinder } from './bright-square.ts'
import { decodePlanes } from './probe-film.ts'
import { detectorOf, type Finder, type RunOptions, runTask } from './run-task.ts'
import { crossing, exposedFrames, FRAMES, faces, film, HEIGHT, WIDTH } from './square-film.ts'

test('an object that enters, crosses and leaves is hidden in every frame', async () => {
  const { input, output } = film()
  expect(exposedFrames(input, crossing).length).toBeGreaterThan(30)
  const { report, document } = await runTask(input, output, faces())
  expect(exposedFrames(output, crossing)).toEqual([])
  expect(report).toMatchObject({ faces: 1, frames: FRAMES })
  expect(document.frames.map(({ frame }) => frame)).toEqual(Array.from({ length: FRAMES }, (_, i) => i))
  expect(document.frames.every(({ looked }) => looked)).toBe(true)
})

test('it is hidden as well when only some frames are looked at', async () => {
  const { input, output } = film()
  const { report, document } = await runTask(input, output, faces(squareFinder(), USUAL_LOOKS))
  expect(exposedFrames(output, crossing)).toEqual([])
  expect(Number(report.facts.face_looks)).toBeLessThan(FRAMES / 2)
  expect(document.frames.filter(({ looked }) => !looked).length).toBeGreaterThan(FRAMES / 2)
})

test.each([90, 180, 270] as const)(
  'an object in a film turned by %i degrees is hidden where it is',
  async (rotation) => {
    const still = (frame: number): Square => ({ x: 30 + frame, y: 20, side: 48 })
    const { input, output } = film({ rotation, paint: paintSquare(still), times: [0, 1, 2, 3, 4, 5, 6, 7] })
    const { document } = await runTask(input, output, faces())
    expect(document.rotation).toBe(rotation)
    expect([document.width, document.height]).toEqual(rotation === 180 ? [WIDTH, HEIGHT] : [HEIGHT, WIDTH])
    expect(exposedFrames(output, still)).toEqual([])
  },
)

test.each(['yuv422p', 'yuv444p', 'nv12'])('an object in %s pictures is hidden', async (pixelFormat) => {
  const { input, output } = film({ pixelFormat, times: [4, 5, 6, 7, 8, 9, 10, 11, 12, 13] })
  await runTask(input, output, faces())
  expect(exposedFrames(output, crossing)).toEqual([])
})

test('an interlaced film is hidden and stays interlaced', async () => {
  const { input, output } = film({ codecOptions: { preset: 'ultrafast', crf: '12', flags: '+ildct+ilme' } })
  expect(decodePlanes(input).interlaced).toBe(true)
  await runTask(input, output, faces())
  expect(decodePlanes(output).interlaced).toBe(true)
  expect(exposedFrames(output, crossing)).toEqual([])
})

test('frames on which the detector fails are covered from both sides, never left open', async () => {
  const inner = fc.uniqueArray(fc.integer({ min: 5, max: 34 }), { minLength: 1, maxLength: 25 })
  const { input, output } = film()
  await fc.assert(
    fc.asyncProperty(inner, async (failing) => {
      const failed = new Set(failing)
      const { document } = await runTask(input, output, faces(squareFinder((call) => failed.has(call))))
      expect(exposedFrames(output, crossing)).toEqual([])
      for (const { frame, detections } of document.frames.slice(5, 35))
        expect(detections[0]?.origin).toBe(failed.has(frame) ? 'interpolated' : 'detected')
    }),
    { numRuns: 6 },
  )
})

test('an object that the detector finds late and loses early is covered before and after', async () => {
  const { input, output } = film()
  const { document } = await runTask(input, output, faces(squareFinder((call) => call < 15 || call > 24)))
  expect(document.frames.map(({ detections }) => detections[0]?.origin ?? '-').join(' ')).toMatch(
    /^(- )+(padded )+(detected )+(padded ){12}(- )*-$/,
  )
})

describe('a detector that throws', () => {
  test.each([0, 17])('on frame %i fails the film and leaves no output', async (bad) => {
    const { input, output } = film()
    const throwing = faces((picture, call) => {
      if (call === bad) throw new Error('the card fell off the bus')
      return squareFinder()(picture, call)
    })
    await expect(runTask(input, output, throwing)).rejects.toMatchObject({ code: 'DETECTION_FAILED' })
    expect(existsSync(output)).toBe(false)
  })
})

test('a cut ends every track: nothing is hidden where the next shot shows nothing', async () => {
  const first = (frame: number): Square | null => (frame < 20 ? { x: 100, y: 60, side: 50 } : null)
  const { input, output } = film({ paint: paintSquare(first, (frame) => (frame < 20 ? 20 : 120)) })
  const { report, document } = await runTask(input, output, faces())
  expect(report.facts.shots).toBe(2)
  expect(document.frames.map(({ detections }) => detections.length)).toEqual(
    Array.from({ length: FRAMES }, (_, i) => (i < 20 ? 1 : 0)),
  )
})

test('objects on both sides of a cut stay two, however near to each other they are', async () => {
  const both = (frame: number): Square | null =>
    frame < 18 || frame > 21 ? { x: 100, y: 60, side: 50 } : null
  const { input, output } = film({ paint: paintSquare(both, (frame) => (frame < 20 ? 20 : 120)) })
  const { report, document } = await runTask(input, output, faces())
  expect(report.faces).toBe(2)
  const origins = document.frames
    .slice(18, 22)
    .flatMap(({ detections }) => detections.map(({ origin }) => origin))
  expect(origins).toEqual(['padded', 'padded', 'padded', 'padded'])
})

describe('plates, which are looked at less often', () => {
  const plates = (finder = squareFinder(), config: object = {}): RunOptions => ({
    models: { plate: detectorOf('plate', finder) },
    config: { blur_face: false, ...config },
  })

  test('are hidden in the frames between two looks that join', async () => {
    const still = (): Square => ({ x: 100, y: 60, side: 44 })
    const { input, output } = film({ paint: paintSquare(still) })
    const { report, document } = await runTask(input, output, plates())
    expect(Number(report.facts.plate_looks)).toBeLessThan(FRAMES / 2)
    expect(document.frames.filter(({ looked }) => !looked).length).toBeGreaterThan(FRAMES / 2)
    expect(exposedFrames(output, still)).toEqual([])
  })

  test('are looked for in every frame between two looks that do not', async () => {
    // A tenth of a second: whatever shows for so long is met by a look while something stirs.
    for (const first of [20, 21, 22]) {
      const short = (frame: number): Square | null =>
        frame >= first && frame < first + 3 ? { x: 100, y: 60, side: 44 } : null
      const { input, output } = film({ paint: paintSquare(short) })
      const { document } = await runTask(input, output, plates())
      expect(exposedFrames(output, short)).toEqual([])
      expect(document.frames[first]?.looked).toBe(true)
    }
  })

  test('are found one by one in every frame when they are not to be tracked', async () => {
    const { input, output } = film()
    const { document, report } = await runTask(
      input,
      output,
      plates(
        squareFinder((call) => call % 5 === 4),
        { lp_track: false },
      ),
    )
    expect(report.facts.plate_looks).toBe(FRAMES)
    const found = document.frames.flatMap(({ detections }) => detections)
    expect(found.every(({ track, origin }) => track === null && origin === 'detected')).toBe(true)
  })
})

describe('faces that a smaller model follows between two looks', () => {
  const followedBy = (finder: Finder): RunOptions => ({
    models: { face: detectorOf('face', squareFinder()), secondFace: detectorOf('face', finder) },
    config: { enable_lp: false },
  })

  test('need a third of the looks', async () => {
    const { input, output } = film()
    const alone = await runTask(input, output, {
      ...followedBy(squareFinder()),
      models: { face: detectorOf('face', squareFinder()) },
    })
    const { report } = await runTask(input, output, followedBy(squareFinder()))
    expect(Number(report.facts.face_looks)).toBeLessThan(Number(alone.report.facts.face_looks) * 0.6)
    expect(Number(report.facts.face_quick_looks)).toBeGreaterThan(Number(report.facts.face_looks))
    expect(exposedFrames(output, crossing)).toEqual([])
  })

  test.each([
    ['is blind', () => []],
    ['is blind on two of three calls', squareFinder((call) => call % 3 > 0)],
    ['sees somebody else', () => [{ score: 0.9, box: [5, 5, 25, 30] as const }]],
  ] satisfies readonly (readonly [string, Finder])[])(
    'are hidden all the same where that model %s',
    async (_, finder) => {
      const { input, output } = film()
      await runTask(input, output, followedBy(finder))
      expect(exposedFrames(output, crossing)).toEqual([])
    },
  )
})

test('a class that is switched off is neither looked for nor needs a model', async () => {
  const { input, output } = film()
  const { report } = await runTask(input, output, {
    models: {},
    config: { blur_face: false, enable_lp: false },
  })
  expect(report).toMatchObject({ faces: 0, plates: 0, frames: FRAMES })
  await expect(runTask(input, output, { models: {} })).rejects.toMatchObject({ code: 'MODEL_NOT_AVAILABLE' })
})

test('thresholds decide: what is found less surely is not hidden', async () => {
  const { input, output } = film()
  const unsure = faces((picture) => {
    const box = brightBox(picture)
    return box ? [{ score: 0.6, box }] : []
  })
  expect(
    (await runTask(input, output, { ...unsure, config: { enable_lp: false, blur_threshold: 0.7 } })).report
      .faces,
  ).toBe(0)
  expect(
    (await runTask(input, output, { ...unsure, config: { enable_lp: false, blur_threshold: 0.6 } })).report
      .faces,
  ).toBe(1)
})

test('slicing finds what is too small in the whole frame', async () => {
  const tiny = (): Square => ({ x: 1500, y: 700, side: 16 })
  const { input, output } = film({ width: 1920, height: 1080, paint: paintSquare(tiny), times: [0, 1, 2] })
  /** Sees nothing that is smaller than 12 pixels. */
  const shortSighted = detectorOf('face', (picture) => {
    const box = brightBox(picture)
    return box && box[2] - box[0] >= 12 ? [{ score: 0.9, box }] : []
  })
  const run = (slicing: boolean) =>
    runTask(input, output, { models: { face: shortSighted }, config: { enable_lp: false, slicing } })
  expect((await run(false)).report.faces).toBe(0)
  expect((await run(true)).report.faces).toBe(1)
  expect(exposedFrames(output, tiny)).toEqual([])
})

test('a cancelled film stops within a few frames and leaves no output', async () => {
  const { input, output } = film({ times: Array.from({ length: 400 }, (_, i) => i) })
  const stop = new AbortController()
  let calls = 0
  const cancelling = faces((picture, call) => {
    calls++
    if (call === 30) stop.abort(new Error('called off'))
    return squareFinder()(picture, call)
  })
  await expect(runTask(input, output, { ...cancelling, signal: stop.signal })).rejects.toThrow('called off')
  expect(calls).toBeLessThan(33)
  expect(existsSync(output)).toBe(false)
})
