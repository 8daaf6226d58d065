// Proves that zones decide what is hidden in pictures and films, and that the document still tells all that was found.
import { expect, test } from 'vitest'
import type { Detector } from '#anonymizer/detect/detector.ts'
import { anonymizePicture } from '#anonymizer/picture/anonymize-picture.ts'
import { decodePicture } from '#anonymizer/picture/decode-picture.ts'
import { painted } from '../picture/painted.ts'
import { pictureTask } from '../picture/picture-task.ts'
import { runTask } from './run-task.ts'
import { crossing, exposedFrames, FRAMES, faces, film, WIDTH } from './square-film.ts'

const RIGHT_HALF: [number, number][] = [
  [0.5, 0],
  [1, 0],
  [1, 1],
  [0.5, 1],
]
const frames = Array.from({ length: FRAMES }, (_, frame) => frame)

test('in a film an object is left alone in the very frames in which all of it lies in an exclude zone', async () => {
  const { input, output } = film()
  const { report, document } = await runTask(input, output, {
    ...faces(),
    config: { enable_lp: false, exclude_zones: [RIGHT_HALF] },
  })
  const shown = exposedFrames(output, crossing)
  const inZone = frames.filter((frame) => crossing(frame).x >= WIDTH / 2 && crossing(frame).x < WIDTH - 4)
  expect(inZone.length).toBeGreaterThan(10)
  expect(shown.every((frame) => inZone.includes(frame))).toBe(true)
  // The finder sees a scaled picture: the two frames around the border may go either way, towards hiding.
  expect(inZone.length - shown.length).toBeLessThanOrEqual(1)
  const first = frames.find((frame) => crossing(frame).x >= WIDTH / 2) ?? 0
  expect(document.frames[first + 5]?.detections).toHaveLength(1)
  expect(report.faces).toBe(1)
})

test('in a film nothing outside of the include zones is hidden, and nothing is counted as hidden', async () => {
  const { input, output } = film()
  const { report } = await runTask(input, output, {
    ...faces(),
    config: {
      enable_lp: false,
      include_zones: [
        [
          [0, 0.9],
          [1, 0.9],
          [1, 1],
        ],
      ],
    },
  })
  expect(report).toMatchObject({ faces: 0, facts: expect.anything() })
  expect(exposedFrames(output, crossing).length).toBeGreaterThan(30)
})

test('in a picture zones and the smallest size leave the pixels as they were; the document tells all', async () => {
  const finder = (kind: 'face' | 'plate', box: [number, number, number, number]): Detector => ({
    ...{ modelId: kind, modelSha256: '0'.repeat(64) },
    detect: async ({ width, height }) => [
      {
        class: kind,
        score: 0.9,
        box: [box[0] * width, box[1] * height, box[2] * width, box[3] * height],
      },
    ],
    async [Symbol.asyncDispose]() {},
  })
  const models = { face: finder('face', [0.1, 0.1, 0.3, 0.4]), plate: finder('plate', [0.6, 0.6, 0.8, 0.7]) }
  const png = await painted(160, 120).png().toBuffer()
  const hide = async (config: Record<string, unknown>) => {
    await using given = await pictureTask(png, '.png', { config })
    const report = await anonymizePicture(given.task, models, new AbortController().signal)
    const { data } = await decodePicture(await given.output(), '.png')
    const document = JSON.parse((await given.document()).toString())
    return { report, data, found: document.frames[0].detections.length }
  }
  const [before, all, zoned, sized] = [
    (await decodePicture(png, '.png')).data,
    await hide({}),
    await hide({ exclude_zones: [RIGHT_HALF] }),
    await hide({ min_size: 500 }),
  ]
  const changed = (data: ArrayLike<number>, half: 'left' | 'right'): boolean =>
    Array.from(
      data,
      (value, i) => value !== before[i] && (Math.floor(i / 3) % 160 < 80 ? 'left' : 'right'),
    ).includes(half)
  expect([changed(all.data, 'left'), changed(all.data, 'right')]).toEqual([true, true])
  expect([changed(zoned.data, 'left'), changed(zoned.data, 'right')]).toEqual([true, false])
  expect([changed(sized.data, 'left'), changed(sized.data, 'right')]).toEqual([false, false])
  expect([all, zoned, sized].map(({ report, found }) => [report.faces, report.plates, found])).toEqual([
    [1, 1, 2],
    [1, 0, 2],
    [0, 0, 2],
  ])
})
