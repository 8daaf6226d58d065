// One real run in local mode, watched by a real Prometheus and traced to an OTLP receiver: what operators see is there.
import { createHash } from 'node:crypto'
import { copyFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DevProcess, makeSite, repository, type Site, startDev } from '../e2e/dev-process.ts'
import { call, until } from '../e2e/rest.ts'
import { madeZip } from '../extractor/made-zip.ts'
import { drawDashboards } from './draw-panels.ts'
import { pageMetrics } from './metrics-page.ts'
import { bright, makeNamedFilm } from './named-film.ts'
import { type OtlpReceiver, openOtlpReceiver } from './otlp-receiver.ts'
import { ALERT_RULES, emptyPanels, unseenByAlerts } from './prometheus-expressions.ts'
import { type PrometheusServer, startPrometheus } from './prometheus-server.ts'
import { requireTools } from './tools.ts'

const tools = await requireTools('prometheus')
const KEY = 'a-key-that-nobody-may-read-7c1f'
const headers = { access_token: KEY }
const PICTURE = 'dora-leaves-the-clinic.jpg'
const FILM = 'driveway-of-mister-quill.mp4'
const BROKEN = 'garden-of-the-witness.jpg'
const ARCHIVE = 'holidays-of-the-quills.zip'
const MEMBER = 'nora-at-the-pool'

let site: Site
let dev: DevProcess
let otlp: OtlpReceiver
let prometheus: PrometheusServer | undefined
let startedAt = 0

async function runJob(file: string, model: 'blur' | 'syn' = 'blur'): Promise<string> {
  const form = { file_path: file, model, model_config: model === 'blur' ? { blur_threshold: 0.4 } : {} }
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
  const small = await sharp(join(site.jobsRoot, PICTURE)).resize(480).jpeg().toBuffer()
  const members = Object.fromEntries([1, 2].map((i) => [`${MEMBER}-${i}.jpg`, small]))
  await writeFile(join(site.jobsRoot, ARCHIVE), await madeZip(site.jobsRoot, members))
  const keysFile = join(site.dataDir, '..', 'keys.json')
  const sha256 = createHash('sha256').update(KEY).digest('hex')
  const accounts = [{ id: 'anna', name: 'Anna', credits: 1000, keys: [{ id: 'one', sha256 }] }]
  await writeFile(keysFile, JSON.stringify({ accounts }))
  dev = await startDev(site, [], {
    SYNTONYM_KEYS_FILE: keysFile,
    SYNTONYM_LOG_LEVEL: 'debug',
    OTEL_EXPORTER_OTLP_ENDPOINT: otlp.url,
  })
  if (tools)
    prometheus = await startPrometheus(tools.prometheus, {
      targets: [dev.url.replace('http://', '')],
      rules: ALERT_RULES,
    })
  startedAt = Date.now() / 1000
  // What was counted before the first scrape is no increase.
  await until(
    'the first scrape',
    async () => (await prometheus?.series('up == 1'))?.length ?? 1,
    (count) => count > 0,
  )
  for (const file of [PICTURE, FILM, BROKEN, ARCHIVE]) await runJob(file)
  await runJob(PICTURE, 'syn')
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
  // Jobs are counted every few seconds.
  const text = await until(
    'a count of all jobs',
    async () => String((await call(dev.url, 'GET', '/metrics')).body),
    (body) => body.includes('syntonym_jobs{state="completed",model="syn"} 1'),
  )
  const value = (series: string) =>
    Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${series} `))
        ?.split(' ')[1],
    )
  expect(value('syntonym_tasks_total{kind="picture",model="blur",outcome="completed"}')).toBe(3)
  expect(value('syntonym_tasks_total{kind="picture",model="syn",outcome="completed"}')).toBe(1)
  expect(value('syntonym_tasks_total{kind="film",model="blur",outcome="completed"}')).toBe(1)
  expect(value('syntonym_facts_total{type="JobSubmitted"}')).toBe(5)
  expect(value('syntonym_refused_inputs_total{code="TYPE_UNKNOWN"}')).toBe(1)
  const over = (state: string, model = 'blur') => value(`syntonym_jobs{state="${state}",model="${model}"}`)
  expect([over('completed'), over('failed')]).toEqual([3, 1])
  expect(value('syntonym_tasks{state="processing",model="blur"}')).toBe(0)
  const drawn = ['drawn', 'blurred'].map((how) =>
    value(`syntonym_syn_sightings_total{class="face",how="${how}"}`),
  )
  expect(drawn.reduce((a, b) => a + b)).toBeGreaterThan(0)
  const frames = ['encoded', 'copied'].map((how) => value(`syntonym_frames_total{kind="film",how="${how}"}`))
  expect(frames.reduce((a, b) => a + b)).toBe(bright.frames)
  expect(value('syntonym_detections_total{kind="picture",class="face"}')).toBeGreaterThan(0)
  expect(value('syntonym_credits_settled_total{outcome="captured"}')).toBe(
    value('syntonym_credits_held_total'),
  )
})

describe.skipIf(!tools)('a real Prometheus', () => {
  test('shows data for every query of every dashboard: no panel is empty', async () => {
    // Two scrapes of each series make a rate.
    const scrapes = 'min(count_over_time(syntonym_detector_runs_total[10m]))'
    await until(
      'two scrapes of every detector',
      async () => Number((await prometheus?.series(scrapes))?.[0]?.value[1] ?? 0),
      (count) => count >= 2,
    )
    const watching = prometheus ?? expect.fail('no Prometheus')
    const folder = join(repository, 'test-out', 'dashboards', 'local')
    await drawDashboards(watching, { from: startedAt, to: Date.now() / 1000 }, { folder, range: '10s' })
    expect(await emptyPanels(watching, '10m')).toEqual([])
  }, 120_000)
  test('evaluates every alert rule without an error, and none fires in good order', async () => {
    const rules = (await prometheus?.rules()) ?? []
    expect(rules.length).toBeGreaterThan(8)
    expect(rules.filter(({ health }) => health !== 'ok')).toEqual([])
    expect(await prometheus?.series('ALERTS{alertstate="firing"}')).toEqual([])
    const watching = prometheus ?? expect.fail('no Prometheus')
    expect(await unseenByAlerts(watching, '10m')).toEqual([])
  })
})

const SUBMITTED = ['POST /process_file', 'handle syntonym.jobs.v1', 'fetch source', 'open file', 'tell plan']
const APPROVED = [
  ...['POST /approve_job/:job_id', 'handle syntonym.jobs.v1', 'fetch input', 'hide', 'store result'],
  'handle syntonym.outcomes.v1',
]
/** What one more kind of job must have in its trace. */
const HIDDEN = {
  film: ['handle syntonym.film-tasks.v1', 'fetch parts', 'detect and render'],
  picture: ['handle syntonym.picture-tasks.v1', 'decode', 'detect', 'render'],
  archive: ['pack results', 'store packed'],
} as const

const tracesWith = (names: readonly string[]): Promise<(typeof otlp.spans)[number][][]> =>
  until(
    `a trace with ${names.join(', ')}`,
    async () => {
      const byTrace = Map.groupBy(otlp.spans, ({ traceId }) => traceId)
      return [...byTrace.values()].filter((spans) =>
        names.every((name) => spans.some((span) => span.name === name)),
      )
    },
    (found) => found.length > 0,
  )

test.each(Object.entries(HIDDEN))(
  'in one trace: %s, from its approval through the topics to the last step and the views, and links to its submission',
  async (_, names) => {
    for (const spans of await tracesWith([...APPROVED, ...names])) {
      const ids = new Set(spans.map(({ spanId }) => spanId))
      const roots = spans.filter(({ parentSpanId }) => parentSpanId === '')
      expect(roots.map(({ name }) => name)).toEqual(['POST /approve_job/:job_id'])
      expect(spans.filter(({ parentSpanId }) => parentSpanId !== '' && !ids.has(parentSpanId))).toEqual([])
      expect(new Set(spans.map(({ service }) => service))).toEqual(new Set(['syntonym-local']))
      const submissions = await tracesWith(SUBMITTED)
      const linked = submissions.filter(([first]) => roots[0]?.links.includes(first?.traceId ?? ''))
      expect(linked).toHaveLength(1)
    }
  },
)

test('the span of hiding says how much it did, and its stages lie below it', async () => {
  const [spans = []] = await tracesWith([...APPROVED, ...HIDDEN.film])
  const hide = spans.find(({ name }) => name === 'hide')
  expect(hide?.attributes).toMatchObject({ 'syntonym.frames': bright.frames })
  expect(hide?.attributes['syntonym.detector_seconds']).toBeGreaterThan(0)
  const stage = spans.find(({ name }) => name === 'detect and render')
  expect(stage?.parentSpanId).toBe(hide?.spanId)
  const fetched = spans.find(({ name }) => name === 'fetch input')?.attributes['syntonym.bytes']
  expect(Number(fetched)).toBeGreaterThan(0)
})

test('the members of an archive are told in the trace of its submission, a set at a time', async () => {
  const [spans = []] = await tracesWith([...SUBMITTED, 'unpack and store members'])
  const sets = spans.filter(({ name }) => name === 'unpack and store members')
  expect(sets.map(({ attributes }) => Number(attributes['syntonym.members']))).toEqual([2])
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
    for (const name of [PICTURE, FILM, BROKEN, ARCHIVE, MEMBER]) {
      expect([where, text.includes(name)]).toEqual([where, false])
      expect([where, text.includes(name.split('.')[0] ?? name)]).toEqual([where, false])
    }
    expect([where, text.includes(KEY)]).toEqual([where, false])
    expect([where, /"(box|quad|landmarks?|x1|corners)"/.test(text)]).toEqual([where, false])
  }
})
