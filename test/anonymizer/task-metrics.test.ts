import { Registry } from 'prom-client'
import { expect, test } from 'vitest'
import type { Rendered } from '#anonymizer/result-metrics.ts'
import { taskMetrics } from '#anonymizer/task-metrics.ts'

const MODEL = { id: 'centerface-1', role: 'faces', prepared_sha256: '0123456789abcdef' }

async function shown(
  ...rendered: readonly Partial<Rendered['report']>[]
): Promise<(series: string) => number> {
  const registry = new Registry()
  const metrics = taskMetrics(registry, { executionProvider: 'cpu', models: [MODEL] })
  for (const report of rendered)
    metrics.rendered({
      kind: 'film',
      report: { faces: 0, plates: 0, frames: 0, outputExtension: '.mp4', facts: {}, ...report },
      inputBytes: 10,
      outputBytes: 20,
    })
  const lines = (await registry.metrics()).split('\n')
  return (series) => Number(lines.find((line) => line.startsWith(`${series} `))?.split(' ')[1])
}

test('frames and groups of a film are counted as copied or encoded, as its report tells', async () => {
  const report = { frames: 120, facts: { frames_copied: 60, groups_copied: 4, groups_encoded: 5 } }
  const value = await shown(report, report)
  expect(value('syntonym_frames_total{kind="film",how="copied"}')).toBe(120)
  expect(value('syntonym_frames_total{kind="film",how="encoded"}')).toBe(120)
  expect(value('syntonym_film_groups_total{how="copied"}')).toBe(8)
  expect(value('syntonym_film_groups_total{how="encoded"}')).toBe(10)
})

test('what was drawn and what was blurred instead is counted by class, and is 0 from the start', async () => {
  const before = await shown()
  const after = await shown({
    facts: { faces_synthetic: 7, faces_blurred_instead: 2, plates_synthetic: 3, plates_blurred_instead: 1 },
  })
  const series = (kind: string, how: string) => `syntonym_syn_sightings_total{class="${kind}",how="${how}"}`
  const expected = { face: { drawn: 7, blurred: 2 }, plate: { drawn: 3, blurred: 1 } }
  for (const [kind, counts] of Object.entries(expected))
    for (const [how, count] of Object.entries(counts)) {
      expect([kind, how, before(series(kind, how))]).toEqual([kind, how, 0])
      expect([kind, how, after(series(kind, how))]).toEqual([kind, how, count])
    }
})

test('a film that a GPU was asked for and the CPU did is counted by step and reason, and a strange reason as other', async () => {
  const value = await shown(
    { facts: { not_decoded_on_gpu: 'codec', not_encoded_on_gpu: 'size' } },
    { facts: { not_decoded_on_gpu: 'codec', encoded_on_gpu: true } },
    { facts: { not_decoded_on_gpu: 'made up' } },
  )
  const of = (step: string, reason: string) =>
    value(`syntonym_films_off_gpu_total{step="${step}",reason="${reason}"}`)
  expect([of('decode', 'codec'), of('encode', 'size'), of('decode', 'other')]).toEqual([2, 1, 1])
  expect([of('encode', 'codec'), of('decode', 'size')]).toEqual([0, 0])
})

test('the first film of a process is an increase: what panels and alerts look at is 0 from the start', async () => {
  const value = await shown()
  const film = 'kind="film"'
  for (const series of [
    ...['copied', 'encoded'].map((how) => `syntonym_frames_total{${film},how="${how}"}`),
    ...['face', 'plate'].map((of) => `syntonym_detections_total{${film},class="${of}"}`),
    ...['input', 'output'].map((way) => `syntonym_${way}_bytes_total{${film}}`),
    ...['completed', 'failed', 'cancelled'].flatMap((outcome) => [
      `syntonym_task_seconds_count{${film},outcome="${outcome}"}`,
      ...['blur', 'syn'].map(
        (model) => `syntonym_tasks_total{${film},model="${model}",outcome="${outcome}"}`,
      ),
    ]),
    `syntonym_task_queue_seconds_count{${film}}`,
    ...['captured', 'released'].map((outcome) => `syntonym_credits_settled_total{outcome="${outcome}"}`),
    ...['runs', 'seconds'].map((of) => `syntonym_detector_${of}_total{model="${MODEL.id}",provider="cpu"}`),
    ...['weak', 'strong'].map((of) => `syntonym_detector_finds_total{model="${MODEL.id}",strength="${of}"}`),
  ])
    expect([series, value(series)]).toEqual([series, 0])
})

test('a worker cannot make a series of its own: unknown models and figures that are none count elsewhere', async () => {
  const work = { runs: 2, seconds: 1.5, finds: 3, weakFinds: 1 }
  const value = await shown({
    frames: 5,
    facts: { frames_copied: 99, groups_copied: 'many' },
    work: [
      { model: MODEL.id, ...work },
      { model: 'made-up', ...work },
    ],
  })
  expect(value('syntonym_frames_total{kind="film",how="copied"}')).toBe(5)
  expect(value('syntonym_film_groups_total{how="copied"}')).toBe(0)
  for (const model of [MODEL.id, 'other']) {
    expect(value(`syntonym_detector_runs_total{model="${model}",provider="cpu"}`)).toBe(2)
    expect(value(`syntonym_detector_finds_total{model="${model}",strength="strong"}`)).toBe(2)
  }
})
