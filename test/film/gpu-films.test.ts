// Proves what of a film changes because a GPU was asked for, as far as that shows before one is touched.
import { HardwareDeviceContext } from 'node-av/lib'
import { describe, expect, test } from 'vitest'
import { USUAL_TUNING } from '#anonymizer/film/anonymize-film.ts'
import { chooseDevices, deviceFacts } from '#anonymizer/film/choose-devices.ts'
import type { FilmRun } from '#anonymizer/film/film-run.ts'
import { inspectFilm } from '#anonymizer/film/inspect-film.ts'
import { isOurs, planFilm } from '#anonymizer/film/parts/plan-film.ts'
import { containerRules } from '#anonymizer/film/pure/container.ts'
import { filmSettings } from '#anonymizer/film/pure/film-settings.ts'
import { ON_CPU } from '#anonymizer/film/pure/gpu-choice.ts'
import type { MediaTask } from '#anonymizer/worker/protocol.ts'
import { blurConfigSchema } from '#schemas/model-config.ts'
import { runTask } from './run-task.ts'
import { crossing, exposedFrames, FRAMES, faces, film } from './square-film.ts'

/** Never opened: whoever touches it fails. */
const untouched = (decode: 'cpu' | 'cuda', encode: 'cpu' | 'cuda') => ({
  devices: { decode, encode },
  cuda: new HardwareDeviceContext(),
  [Symbol.dispose]() {},
})

test('a film that no GPU decodes or encodes is hidden on the CPU all the same, and says why', async () => {
  const { input, output } = film(
    { muxer: 'webm', codec: 'libvpx', codecOptions: { deadline: 'realtime' }, pixelFormat: 'yuv420p' },
    '.webm',
  )
  const on = await runTask(input, output, { ...faces(), tuning: { gpu: untouched('cpu', 'cuda') } })
  expect(exposedFrames(output, crossing)).toEqual([])
  expect(on.report.facts).toMatchObject({ not_encoded_on_gpu: 'codec', encoded_as: 'libvpx-vp9 yuv420p' })
  expect(on.report.facts).not.toHaveProperty('not_decoded_on_gpu')

  const small = film({ muxer: 'avi', codec: 'mpeg4', codecOptions: {}, width: 320, height: 144 }, '.avi')
  const off = await runTask(small.input, small.output, { tuning: { gpu: untouched('cuda', 'cuda') } })
  expect(off.report).toMatchObject({ frames: FRAMES })
  expect(off.report.facts).toMatchObject({ not_decoded_on_gpu: 'codec', not_encoded_on_gpu: 'size' })
})

test('a film that is only looked at is not told to have been encoded anywhere', async () => {
  const { input, output } = film({ muxer: 'avi', codec: 'mpeg4', codecOptions: {} }, '.avi')
  const tuning = { gpu: untouched('cuda', 'cuda') }
  const { report } = await runTask(input, output, { tuning, task: { until: 'detected' } })
  expect(report.facts).toMatchObject({ not_decoded_on_gpu: 'codec' })
  expect(Object.keys(report.facts).filter((name) => name.includes('encoded_on_gpu'))).toEqual([])
})

describe('a long film', () => {
  const { input } = film({ codecOptions: { preset: 'ultrafast', g: '10', sc_threshold: '0' } })
  const rules = containerRules('.mp4')
  if (!rules) throw new Error('no rules')
  const task: MediaTask = {
    ...{ id: 'test', kind: 'film', extension: '.mp4', until: 'rendered' },
    ...{ inputPath: input, outputPath: '', documentPath: '', partSeconds: 0.3 },
    choice: { model: 'blur', config: blurConfigSchema.parse({}) },
  }
  const run = (encode: 'cpu' | 'cuda'): FilmRun => {
    const tuning = { ...USUAL_TUNING, gpu: encode === 'cuda' ? untouched('cpu', 'cuda') : undefined }
    const of = { task, rules, facts: inspectFilm(input, rules), tuning }
    const progress = { pass() {}, at() {} }
    return { ...of, ...chooseDevices(of), settings: filmSettings(task.choice), models: {}, progress }
  }

  test('is not cut into parts for NVENC, whose parameter sets may differ from card to card', () => {
    expect(planFilm(run('cuda'), 'none')).toEqual({ why: 'GPU encoder' })
    expect(planFilm(run('cpu'), 'none')).toMatchObject({ parts: { length: 4 } })
  })

  test('planned on a CPU has no parts for a worker that decodes or encodes otherwise', () => {
    const plan = planFilm(run('cpu'), 'none')
    if (!plan || 'why' in plan) throw new Error('no plan')
    expect(isOurs(run('cpu'), plan)).toBe(true)
    expect(isOurs(run('cuda'), plan)).toBe(false)
    expect(isOurs({ ...run('cpu'), decoding: { on: 'cuda' } }, plan)).toBe(false)
    const gpu = untouched('cuda', 'cpu')
    const refused: FilmRun = { ...run('cpu'), decoding: { on: 'cpu', why: 'device' } }
    expect(isOurs({ ...refused, tuning: { ...refused.tuning, gpu } }, plan)).toBe(true)
  })

  test('that the GPU did is told so', () => {
    const done = { ...run('cuda'), decoding: { on: 'cuda' } as const }
    const gpu = untouched('cuda', 'cuda')
    expect(deviceFacts({ ...done, tuning: { ...done.tuning, gpu } })).toEqual({
      decoded_on_gpu: true,
      encoded_on_gpu: true,
    })
    expect(deviceFacts(run('cpu'))).toEqual({})
    expect(ON_CPU).toEqual({ decode: 'cpu', encode: 'cpu' })
  })
})
