// One real run in local mode, watched by a real Prometheus and traced to an OTLP receiver: what operators see is there.
import { createHash } from 'node:crypto'
import { copyFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DASHBOARDS } from '../../charts/dashboards/dashboard-plans.ts'
import { type DevProcess, makeSite, repository, type Site, startDev } from '../e2e/dev-process.ts'
import { call, until } from '../e2e/rest.ts'
import { pageMetrics } from './metrics-page.ts'
import { bright, makeNamedFilm } from './named-film.ts'
import { type OtlpReceiver, openOtlpReceiver } from './otlp-receiver.ts'
import { type PrometheusServer, startPrometheus } from './prometheus-server.ts'
import { requireTools } from './tools.ts'

const tools = await requireTools('prometheus')
const KEY = 'a-key-that-nobody-may-read-7c1f'
const headers = { access_token: KEY }
const PICTURE = 'dora-leaves-the-clinic.jpg'
const FILM = 'driveway-of-mister-quill.mp4'
const BROKEN = 'garden-of-the-witness.jpg'

let site: Site
let dev: DevProcess
let otlp: OtlpReceiver
let prometheus: PrometheusServer | undefined

async function runJob(file: string): Promise<string> {
  const form = { file_path: file, model: 'blur', model_config: { blur_threshold: 0.4 } }
  const { body } = await call(dev.url, 'POST', '/process_file', form, headers)
  await until(
    'approval',
    () => call(dev.url, 'POST', `/approve_job/${body.job_id}`, undefined, headers),
    ({ status }) => status !== 302,
    120_000,
  )
  const ended = (status: number) => [3, 4, 5].includes(status)
  await until(
    'the end',
    () => call(dev.url, 'GET', `/job_status/${body.job_id}`, undefined, headers),
    (answer) => ended(answer.body.status),
    300_000,
  )
  return body.job_id
}

beforeAll(async () => {
  ;[site, otlp] = await Promise.all([makeSite(), openOtlpReceiver()])
  await copyFile(join(repository, 'samples', 'street.jpg'), join(site.jobsRoot, PICTURE))
  makeNamedFilm(join(site.jobsRoot, FILM))
  await writeFile(join(site.jobsRoot, BROKEN), 'no picture at all')
  const keysFile = join(site.dataDir, '..', 'keys.json')
  const sha256 = createHash('sha256').update(KEY).digest('hex')
  const accounts = [{ id: 'anna', name: 'Anna', credits: 1000, keys: [{ id: 'one', sha256 }] }]
  await writeFile(keysFile, JSON.stringify({ accounts }))
  dev = await startDev(site, [], {
    SYNTONYM_KEYS_FILE: keysFile,
    SYNTONYM_LOG_LEVEL: 'debug',
    OTEL_EXPORTER_OTLP_ENDPOINT: otlp.url,
  })
  const rules = join(repository, 'charts', 'syntonym', 'files', 'alerts.yaml')
  if (tools)
    prometheus = await startPrometheus(tools.prometheus, {
      targets: [dev.url.replace('http://', '')],
      rules,
    })
  for (const file of [PICTURE, FILM, BROKEN]) await runJob(file)
}, 600_000)

afterAll(async () => {
  await prometheus?.[Symbol.asyncDispose]()
  await dev?.stop()
  await otlp?.[Symbol.asyncDispose]()
  await site?.[Symbol.asyncDispose]()
})

test('every metric of the page is there after a real run, and nothing of ours that is not on the page', async () => {
  const { body } = await call(dev.url, 'GET', '/metrics')
  const types = new Map(
    [...String(body).matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name, type]),
  )
  const page = [...pageMetrics().values()].flat()
  for (const { name, type } of page) {
    expect([name, types.get(name)]).toEqual([name, type])
    expect(String(body)).toMatch(new RegExp(`^${name}(_count)?(\\{| )`, 'm'))
  }
  const known = new Set(page.map(({ name }) => name))
  const ours = [...types.keys()].filter((name) => !/^syntonym_(process|nodejs)_/.test(name ?? ''))
  expect(ours.filter((name) => !known.has(name ?? ''))).toEqual([])
})

test('the figures are those of the run', async () => {
  const text = String((await call(dev.url, 'GET', '/metrics')).body)
  const value = (series: string) =>
    Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${series} `))
        ?.split(' ')[1],
    )
  expect(value('syntonym_tasks_total{kind="picture",model="blur",outcome="completed"}')).toBe(1)
  expect(value('syntonym_tasks_total{kind="film",model="blur",outcome="completed"}')).toBe(1)
  expect(value('syntonym_facts_total{type="JobSubmitted"}')).toBe(3)
  const frames = ['encoded', 'copied'].map((how) => value(`syntonym_frames_total{kind="film",how="${how}"}`))
  expect(frames.reduce((a, b) => a + b)).toBe(bright.frames)
  expect(value('syntonym_detections_total{kind="picture",class="face"}')).toBeGreaterThan(0)
  expect(value('syntonym_credits_settled_total{outcome="captured"}')).toBe(
    value('syntonym_credits_held_total'),
  )
})

describe.skipIf(!tools)('a real Prometheus', () => {
  const expressions = Object.entries(DASHBOARDS).flatMap(([board, { rows }]) =>
    rows.flatMap(({ panels }) =>
      panels.flatMap(({ title, queries }) =>
        queries.map(([expression]) => [board, title, expression] as const),
      ),
    ),
  )
  test('shows data for every query of every dashboard: no panel is empty', async () => {
    // Two scrapes after the last job make a rate; Prometheus begins up to five seconds after its start.
    const scrapes = 'min(count_over_time(syntonym_detector_runs_total[10m]))'
    await until(
      'two scrapes of every detector',
      async () => Number((await prometheus?.series(scrapes))?.[0]?.value[1] ?? 0),
      (count) => count >= 2,
    )
    const empty: string[] = []
    for (const [board, title, expression] of expressions) {
      const found = await prometheus?.series(expression.replaceAll('$__rate_interval', '10m'))
      if (!found || found.length === 0) empty.push(`${board}, ${title}: ${expression}`)
    }
    expect(empty).toEqual([])
  }, 120_000)
  test('evaluates every alert rule without an error, and none fires in good order', async () => {
    const rules = (await prometheus?.rules()) ?? []
    expect(rules.length).toBeGreaterThan(8)
    expect(rules.filter(({ health }) => health !== 'ok')).toEqual([])
    expect(await prometheus?.series('ALERTS{alertstate="firing"}')).toEqual([])
  })
})

test('one trace follows an approved job from the request through the topics to the render and the views', async () => {
  const names = [
    'POST /approve_job/:job_id',
    'handle syntonym.jobs.v1',
    'handle syntonym.film-tasks.v1',
    'fetch input',
    'detect and render',
    'store result',
    'handle syntonym.outcomes.v1',
  ]
  const traces = await until(
    'the spans',
    async () => {
      const byTrace = Map.groupBy(otlp.spans, ({ traceId }) => traceId)
      return [...byTrace.values()].filter((spans) =>
        names.every((name) => spans.some((span) => span.name === name)),
      )
    },
    (found) => found.length > 0,
  )
  for (const spans of traces) {
    const ids = new Set(spans.map(({ spanId }) => spanId))
    const roots = spans.filter(({ parentSpanId }) => parentSpanId === '')
    expect(roots.map(({ name }) => name)).toEqual(['POST /approve_job/:job_id'])
    expect(spans.filter(({ parentSpanId }) => parentSpanId !== '' && !ids.has(parentSpanId))).toEqual([])
    // Looking and rendering take turns in one pass: the span says how much of it was looking.
    const render = spans.find(({ name }) => name === 'detect and render')?.attributes
    expect(render).toMatchObject({ 'syntonym.frames': bright.frames })
    expect(render?.['syntonym.detector_seconds']).toBeGreaterThan(0)
    expect(new Set(spans.map(({ service }) => service))).toEqual(new Set(['syntonym-local']))
  }
})

test('no log line, no metric and no span of the run holds a file name, a coordinate or a key; every line is JSON with a level', async () => {
  const log = dev.output()
  const lines = log.split('\n').filter((line) => line.startsWith('{'))
  expect(lines.length).toBeGreaterThan(10)
  for (const line of lines)
    expect(JSON.parse(line)).toMatchObject({
      level: expect.stringMatching(/^(debug|info|warn|error)$/),
      room: 'local',
    })
  expect(lines.some((line) => 'trace_id' in JSON.parse(line))).toBe(true)
  const said = { log, spans: otlp.text(), metrics: String((await call(dev.url, 'GET', '/metrics')).body) }
  for (const [where, text] of Object.entries(said)) {
    for (const name of [PICTURE, FILM, BROKEN]) {
      expect([where, text.includes(name)]).toEqual([where, false])
      expect([where, text.includes(name.split('.')[0] ?? name)]).toEqual([where, false])
    }
    expect([where, text.includes(KEY)]).toEqual([where, false])
    expect([where, /"(box|quad|landmarks?|x1|corners)"/.test(text)]).toEqual([where, false])
  }
})
