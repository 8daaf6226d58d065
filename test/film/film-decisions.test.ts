// Proves the small decisions of the film path: turning, times, clocks, formats, encodings, progress, settings.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { containerRules } from '#anonymizer/film/pure/container.ts'
import { filmSettings } from '#anonymizer/film/pure/film-settings.ts'
import { frameTime, newFrameClock } from '#anonymizer/film/pure/frame-time.ts'
import { pqPreview } from '#anonymizer/film/pure/hdr-preview.ts'
import { pixelLayout, workingFormat } from '#anonymizer/film/pure/pixel-layout.ts'
import { partDone, startProgress, stepProgress } from '#anonymizer/film/pure/progress-meter.ts'
import {
  type Rotation,
  rotationOf,
  storedPoint,
  storedShape,
  turnedSize,
  turnRgb,
} from '#anonymizer/film/pure/rotation.ts'
import { newTimeline, placePacket } from '#anonymizer/film/pure/timeline.ts'
import { videoEncoding } from '#anonymizer/film/pure/video-encoding.ts'
import { isLegible } from '#anonymizer/pure/plate-legibility.ts'
import { shapeBounds } from '#anonymizer/pure/shape-span.ts'
import { blurConfigSchema, synConfigSchema } from '#schemas/model-config.ts'

const rotations = fc.constantFrom<Rotation>(0, 90, 180, 270)
const sizes = fc.record({ width: fc.integer({ min: 1, max: 9 }), height: fc.integer({ min: 1, max: 9 }) })

describe('turning', () => {
  test('a pixel turned for display is found again where the stored point says', () => {
    fc.assert(
      fc.property(rotations, sizes, (rotation, stored) => {
        const data = new Uint8Array(stored.width * stored.height * 3).map((_, i) => Math.floor(i / 3))
        const shown = turnedSize(stored, rotation)
        const target = new Uint8Array(data.length)
        turnRgb({ data, stride: stored.width * 3 }, stored, rotation, {
          data: target,
          stride: shown.width * 3,
        })
        for (let y = 0; y < shown.height; y++) {
          for (let x = 0; x < shown.width; x++) {
            const [sx, sy] = storedPoint([x + 0.5, y + 0.5], stored, rotation)
            const from = Math.floor(sy) * stored.width + Math.floor(sx)
            expect(target[(y * shown.width + x) * 3]).toBe(data[from * 3])
          }
        }
      }),
    )
  })

  test('a turned ellipse has the turned bounds', () => {
    const stored = { width: 400, height: 300 }
    const shape = { kind: 'ellipse', cx: 120, cy: 80, rx: 30, ry: 50, roll: 25 } as const
    for (const rotation of [0, 90, 180, 270] as const) {
      const shown = shapeBounds(shape)
      const corners = [
        [shown.x1, shown.y1],
        [shown.x2, shown.y2],
      ] as const
      const [a, b] = corners.map((corner) => storedPoint(corner, stored, rotation))
      const turned = shapeBounds(storedShape(shape, stored, rotation))
      expect(turned.x1).toBeCloseTo(Math.min(a?.[0] ?? 0, b?.[0] ?? 0), 6)
      expect(turned.y2).toBeCloseTo(Math.max(a?.[1] ?? 0, b?.[1] ?? 0), 6)
    }
  })

  test('a display matrix tells its right angle, a broken one none', () => {
    const matrix = (a: number, b: number): Uint8Array =>
      new Uint8Array(Int32Array.from([a, b, 0, -b, a, 0, 0, 0, 1 << 30]).buffer)
    const one = 1 << 16
    expect([matrix(one, 0), matrix(0, one), matrix(-one, 0), matrix(0, -one)].map(rotationOf)).toEqual([
      0, 90, 180, 270,
    ])
    expect([rotationOf(null), rotationOf(new Uint8Array(8)), rotationOf(new Uint8Array(36))]).toEqual([
      0, 0, 0,
    ])
  })
})

test('frame times always go forward, and are the file’s own wherever those do', () => {
  const said = fc.array(fc.option(fc.bigInt({ min: -5n, max: 60n }), { nil: null }), { maxLength: 50 })
  fc.assert(
    fc.property(said, (times) => {
      let clock = newFrameClock(40n)
      let last: bigint | null = null
      for (const pts of times) {
        const step = frameTime(clock, { pts, duration: 0n })
        clock = step.clock
        if (last !== null) expect(step.pts > last).toBe(true)
        if (pts !== null && (last === null || pts > last)) expect(step.pts).toBe(pts)
        last = step.pts
      }
    }),
  )
})

describe('a clock that jumps', () => {
  const run = (packets: readonly (readonly [track: number, at: number])[]): number[] => {
    let timeline = newTimeline
    return packets.map(([track, at]) => {
      const placed = placePacket(timeline, { track, at, seconds: 0.04 })
      timeline = placed.timeline
      return at + placed.offset
    })
  }
  test('is joined so that both tracks go on together', () => {
    const placed = run([
      [0, 5],
      [1, 5],
      [0, 5.04],
      [1, 5.04],
      [0, 0],
      [1, 0],
      [0, 0.04],
      [1, 0.04],
    ])
    const expected = [5, 5, 5.04, 5.04, 5.08, 5.08, 5.12, 5.12]
    for (const [i, time] of expected.entries()) expect(placed[i]).toBeCloseTo(time, 6)
  })
  test('moves both tracks by the same, also where one had come further than the other', () => {
    const placed = run([
      [0, 5],
      [1, 5],
      [1, 5.5],
      [0, 0],
      [1, 0],
    ])
    expect(placed[3]).toBeCloseTo(5.04, 6)
    expect(placed[4]).toBeCloseTo(5.04, 6)
  })
  test('is left alone while it only pauses', () => {
    expect(
      run([
        [0, 0],
        [0, 0.04],
        [0, 6],
        [0, 6.04],
      ]),
    ).toEqual([0, 0.04, 6, 6.04])
  })
})

test('every format FFmpeg may give becomes one that can be hidden in and encoded', () => {
  const formats = {
    yuv420p: 'yuv420p',
    yuvj420p: 'yuv420p',
    yuva420p: 'yuv420p',
    nv12: 'nv12',
    bgr24: 'yuv420p',
    gbrp: 'yuv420p',
    pal8: 'yuv420p',
    yuv411p: 'yuv420p',
    yuvj422p: 'yuv422p',
    yuyv422: 'yuv422p',
    yuv440p: 'yuv444p',
    gray: 'gray',
    yuv420p10le: 'yuv420p10le',
    yuv420p12le: 'yuv420p10le',
    yuva444p12le: 'yuv444p10le',
    yuv422p10le: 'yuv422p10le',
    gbrp10le: 'yuv420p10le',
    gray16be: 'gray10le',
    p010le: 'yuv420p10le',
    rgb48be: 'yuv420p10le',
  }
  for (const [decoded, working] of Object.entries(formats)) {
    expect([decoded, workingFormat(decoded)]).toEqual([decoded, working])
    expect(pixelLayout(working)).toBeDefined()
  }
})

test('each container gets a codec that it holds, in a depth and size that the codec holds', () => {
  const picture = { width: 64, height: 48, interlaced: false, startSeconds: 2 }
  const chosen = (extension: string, format: string, more = {}): string | undefined => {
    const rules = containerRules(extension)
    const encoding = rules && videoEncoding(rules, { ...picture, format, ...more })
    return encoding && `${encoding.codec} ${encoding.format}`
  }
  expect(chosen('.mp4', 'yuv420p')).toBe('h264 yuv420p')
  expect(chosen('.mov', 'yuv420p10le')).toBe('hevc yuv420p10le')
  expect(chosen('.webm', 'gray10le')).toBe('vp9 yuv420p10le')
  expect(chosen('.avi', 'yuv420p10le')).toBe('h264 yuv420p10le')
  expect(chosen('.mp4', 'yuv420p', { width: 33 })).toBe('h264 yuv444p')
  expect(chosen('.mp4', 'yuv422p', { height: 33 })).toBe('h264 yuv422p')
  expect(chosen('.gif', 'yuv420p')).toBeUndefined()
})

test('a container without times of its own, or without room before its start, gets no reordered frames', () => {
  const picture = { format: 'yuv420p', width: 64, height: 48, interlaced: false }
  const options = (extension: string, startSeconds: number) => {
    const rules = containerRules(extension)
    return rules && videoEncoding(rules, { ...picture, startSeconds }).options.bf
  }
  expect([options('.avi', 0), options('.ts', 0), options('.ts', 1.4), options('.mp4', 0)]).toEqual([
    '0',
    '0',
    undefined,
    undefined,
  ])
})

test('progress never goes back, is said at most once a second, and never claims the end', () => {
  const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 2500 }), fc.double({ min: -1, max: 3 })), {
    maxLength: 60,
  })
  fc.assert(
    fc.property(steps, (moves) => {
      let state = startProgress(0)
      let [ms, lastMs, last, frames] = [0, 0, 0, 0]
      for (const [wait, part] of moves) {
        ms += wait
        const step = stepProgress(state, { ms, part, frames: ++frames })
        state = step.state
        if (!step.said) continue
        expect(ms - lastMs).toBeGreaterThanOrEqual(1000)
        expect(step.said.progress).toBeGreaterThanOrEqual(last)
        expect(step.said.progress).toBeLessThan(1)
        ;[lastMs, last] = [ms, step.said.progress]
      }
    }),
  )
})

test('a film longer than its container says still makes progress', () => {
  expect(partDone(5, 20_000)).toBeGreaterThan(partDone(5, 10_000))
  expect(partDone(0.5, 100)).toBeLessThan(partDone(0.6, 120))
})

test('a film is searched as its model’s settings say', () => {
  const syn = (config: object) => filmSettings({ model: 'syn', config: synConfigSchema.parse(config) })
  expect(syn({})).toMatchObject({ faces: true, plates: true })
  expect([syn({}).sound, syn({ drop_audio: 'true' }).sound]).toEqual([true, false])
  expect(syn({ enable_lp: 'false' })).toMatchObject({ faces: true, plates: false })
  const read = filmSettings({
    model: 'blur',
    config: blurConfigSchema.parse({ lp_track: 'false', blur_face: 0 }),
  })
  expect(read).toMatchObject({ faces: false, trackPlates: false, plates: true })
})

test('the preview of HDR keeps the order of brightness and shows reference white brightly', () => {
  const table = pqPreview()
  for (let i = 1; i < 256; i++) expect(table[i] ?? 0).toBeGreaterThanOrEqual(table[i - 1] ?? 0)
  expect(table[148] ?? 0).toBeGreaterThan(180) // 58 % PQ is 203 nits
})

test('a plate is left open only where it is both lower and narrower than anybody could read, a face never', () => {
  const found = (name: 'face' | 'plate', width: number, height: number) =>
    isLegible({ class: name, box: [10, 10, 10 + width, 10 + height] })
  expect([found('plate', 9, 3), found('plate', 15, 4), found('plate', 16, 4), found('plate', 9, 5)]).toEqual([
    false,
    false,
    true,
    true,
  ])
  expect(found('face', 4, 4)).toBe(true)
})
