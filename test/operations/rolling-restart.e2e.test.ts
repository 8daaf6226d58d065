// A site in cluster mode under work, every process of it stopped and started anew in turn, watched by a real Prometheus.
import { existsSync } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OUTCOMES } from '#schemas/topics.ts'
import { readFacts } from '#test/chaos/read-facts.ts'
import { clusterServers } from '#test/cluster/cluster-servers.ts'
import {
  type ClusterSite,
  makeClusterSite,
  type RoomName,
  type RoomProcess,
} from '#test/cluster/cluster-site.ts'
import { repository } from '#test/e2e/dev-process.ts'
import { approve, call, submit, until, waitForEnd } from '#test/e2e/rest.ts'
import { freePorts } from '#test/services/free-ports.ts'
import { withServices } from '#test/services/with-services.ts'
import { drawDashboards } from './draw-panels.ts'
import { pageMetrics } from './metrics-page.ts'
import { type OtlpReceiver, openOtlpReceiver } from './otlp-receiver.ts'
import { ALERT_RULES, emptyPanels, unseenByAlerts } from './prometheus-expressions.ts'
import { type PrometheusServer, startPrometheus } from './prometheus-server.ts'
import { startSteadyClient } from './steady-client.ts'
import { requireTools } from './tools.ts'

const tools = await requireTools('prometheus')
const ROOMS = ['projection', 'extractor', 'anonymizer', 'anonymizer', 'gateway', 'gateway'] as const
const ENDINGS = new Set(['TaskCompleted', 'TaskFailed', 'TaskCancelled'])
const PICTURE = 'street-crop.jpg'
const FILM = 'crossing.mp4'

await withServices(
  ['kafka', 'registry', 'valkey', 's3'],
  ({ kafka, registry, valkey, s3 }) => {
    const servers = clusterServers({ kafka, registry, valkey, s3 })
    let site: ClusterSite
    let prometheus: PrometheusServer | undefined
    let ports: readonly number[] = []
    const rooms: RoomProcess[] = []
    const everStarted: RoomProcess[] = []
    let otlp: OtlpReceiver
    const startedAt = Date.now() / 1000
    /** Ports of its own: it is scraped at the same address after the restart. */
    const environmentOf = (i: number): Record<string, string> => ({
      SYNTONYM_METRICS_PORT: String(ports[i]),
      SYNTONYM_DRAIN_SECONDS: '20',
      SYNTONYM_LOG_LEVEL: 'debug',
      OTEL_EXPORTER_OTLP_ENDPOINT: otlp.url,
      ...(ROOMS[i] === 'gateway' ? { SYNTONYM_PORT: String(ports[ROOMS.length + i]) } : {}),
    })
    const start = async (i: number): Promise<RoomProcess> => {
      const room = (ROOMS[i] satisfies RoomName | undefined) ?? 'gateway'
      const started = await site.start(room, environmentOf(i))
      everStarted.push(started)
      return started
    }
    const gateways = (): string[] => [4, 5].map((i) => `http://127.0.0.1:${ports[ROOMS.length + i]}`)

    beforeAll(async () => {
      site = await makeClusterSite(servers, 'rolling')
      otlp = await openOtlpReceiver()
      ports = await freePorts(2 * ROOMS.length + 1)
      const street = sharp(join(repository, 'samples', 'street.jpg'))
      const crop = street.extract({ left: 60, top: 340, width: 480, height: 300 })
      await crop.jpeg().toFile(join(site.jobsRoot, PICTURE))
      await copyFile(join(repository, 'samples', FILM), join(site.jobsRoot, FILM))
      const created = await site.run('topics', 'create')
      expect(created.code, created.said).toBe(0)
      const scraped = [...ports.slice(0, ROOMS.length), ports.at(-1)]
      const targets = scraped.map((port) => `127.0.0.1:${port}`)
      if (tools) prometheus = await startPrometheus(tools.prometheus, { targets, rules: ALERT_RULES })
      rooms.push(...(await Promise.all(ROOMS.map((_, i) => start(i)))))
    }, 600_000)
    afterAll(async () => {
      await prometheus?.[Symbol.asyncDispose]()
      await site?.[Symbol.asyncDispose]()
      await otlp?.[Symbol.asyncDispose]()
    }, 60_000)

    describe('a site in cluster mode', () => {
      test('loses nothing when every process is restarted in turn: all that was acknowledged ends once, and well', {
        timeout: 1_500_000,
      }, async () => {
        const film = await submit(gateways()[0] ?? '', FILM)
        const synthetic = await submit(gateways()[0] ?? '', PICTURE, {}, 'syn')
        for (const job of [film, synthetic]) await approve(gateways()[1] ?? '', job)
        const client = startSteadyClient(gateways(), PICTURE)
        const during: number[] = []
        for (const i of ROOMS.keys()) {
          const before = client.submitted.length
          expect([ROOMS[i], await rooms[i]?.stop()]).toEqual([ROOMS[i], 0])
          // It stays away until clients were answered without it.
          await until(
            `a submission while ${ROOMS[i]} is away`,
            async () => client.submitted.length - before,
            (count) => count > 0,
          )
          rooms[i] = await start(i)
          during.push(client.submitted.length - before)
        }
        await client.stop()
        console.log(
          `rolling restart: ${client.approved.length} pictures approved, submitted while each process was away: ${during.join(' ')}`,
        )
        expect(client.strange).toEqual([])
        const jobs = [film, synthetic, ...client.approved]
        for (const job of jobs)
          expect([job, await waitForEnd(gateways()[0] ?? '', job, 600_000)]).toEqual([job, 3])
        const ends = (await readFacts(servers, OUTCOMES.name)).filter(({ type }) => ENDINGS.has(type))
        const endsOf = (job: string) => ends.filter(({ jobId }) => jobId === job).map(({ type }) => type)
        for (const job of jobs) expect([job, endsOf(job)]).toEqual([job, ['TaskCompleted']])
      })

      test('one trace leads from an approval at a gateway through extractor and anonymizer to the projection', async () => {
        const rooms = ['gateway', 'extractor', 'anonymizer', 'projection'].map((room) => `syntonym-${room}`)
        const whole = await until(
          'a trace through all rooms',
          async () =>
            [...Map.groupBy(otlp.spans, ({ traceId }) => traceId).values()].filter((spans) =>
              rooms.every((room) => spans.some(({ service }) => service === room)),
            ),
          (found) => found.length > 0,
        )
        for (const spans of whole) {
          const roots = spans.filter(({ parentSpanId }) => parentSpanId === '')
          expect(roots.map(({ name, service }) => [name, service])).toEqual([
            ['POST /approve_job/:job_id', 'syntonym-gateway'],
          ])
          const rendered = spans.find(({ name }) => name === 'render' || name === 'detect and render')
          expect(rendered?.service).toBe('syntonym-anonymizer')
        }
      })

      test('no line of any process names a file or says where somebody stands', () => {
        expect(everStarted.length).toBe(2 * ROOMS.length)
        for (const { room, output } of everStarted) {
          const said = output()
          expect([room, said.includes('"level":"debug"')]).toEqual([room, true])
          for (const name of ['street-crop', 'crossing', s3.addresses.secretKey])
            expect([room, name, said.includes(name)]).toEqual([room, name, false])
          expect([room, /"(box|quad|landmarks?|x1|corners)"/.test(said)]).toEqual([room, false])
        }
      })

      test('drained by a signal, an anonymizer stays up, says so, and takes no task', {
        timeout: 240_000,
      }, async () => {
        const { pid, metricsUrl } = rooms[2] ?? expect.fail('no anonymizer')
        process.kill(pid, 'SIGUSR2')
        const answer = await until(
          'drained',
          () => call(metricsUrl, 'GET', '/readyz'),
          ({ body }) => String(body.reasons).startsWith('drained'),
          60_000,
        )
        expect(answer).toMatchObject({ status: 503, body: { failing: ['work'] } })
        expect((await call(metricsUrl, 'GET', '/livez')).status).toBe(200)
        const taken = async () =>
          (await call(metricsUrl, 'GET', '/metrics')).body.match(/^syntonym_task_queue_seconds_count.*$/gm)
        const before = await taken()
        const job = await submit(gateways()[0] ?? '', PICTURE)
        await approve(gateways()[0] ?? '', job)
        expect(await waitForEnd(gateways()[0] ?? '', job, 200_000)).toBe(3)
        expect(await taken()).toEqual(before)
      })

      test('an anonymizer that was asked for a GPU and has none stays up without work and says why, once', {
        timeout: 240_000,
      }, async ({ skip }) => {
        if (existsSync('/dev/nvidia0')) return skip('skipped: there is a GPU')
        const unfit = await site.start('anonymizer', {
          SYNTONYM_METRICS_PORT: String(ports.at(-1)),
          SYNTONYM_EXECUTION_PROVIDER: 'cuda',
        })
        expect((await call(unfit.metricsUrl, 'GET', '/livez')).status).toBe(200)
        const { status, body } = await call(unfit.metricsUrl, 'GET', '/readyz')
        expect([status, body.failing]).toEqual([503, ['work']])
        expect(body.reasons[0]).toMatch(/^MODEL_NOT_AVAILABLE: .*worker-unfit\.md$/)
        const lines = unfit
          .output()
          .split('\n')
          .filter((line) => line.includes('"level":"error"'))
        expect(lines).toHaveLength(1)
        expect(JSON.parse(lines[0] ?? '').msg).toMatch(/syntonym doctor.*worker-unfit\.md/)
        if (prometheus !== undefined) {
          const alert = 'ALERTS{alertname="SyntonymWorkerUnfit"}'
          await until(
            'the alert',
            () => prometheus?.series(alert) ?? Promise.resolve([]),
            (found) => found.length > 0,
            120_000,
          )
        }
        expect(unfit.hasEnded()).toBe(false)
        expect(await unfit.stop()).toBe(0)
      })

      test.skipIf(!tools)(
        'every metric of the page was scraped from the processes, or is named here as not having occurred',
        async () => {
          const seen = await prometheus?.series(
            'count by (__name__) (last_over_time({__name__=~"syntonym_.+"}[1h]))',
          )
          const names = new Set(
            seen?.map(({ metric }) => metric.__name__?.replace(/_(bucket|sum|count)$/, '')),
          )
          const page = [...pageMetrics().values()].flat().map(({ name }) => name)
          expect(page.filter((name) => !names.has(name))).toEqual([])
          const up = await prometheus?.series('count by (room) (last_over_time(syntonym_build_info[1h]))')
          const counted = up?.map(({ metric, value }) => [metric.room, Number(value[1])]).toSorted()
          expect(counted).toEqual([
            ['anonymizer', 3],
            ['extractor', 1],
            ['gateway', 2],
            ['projection', 1],
          ])
        },
      )

      test.skipIf(!tools)(
        'every panel shows something of the run, and every alert rule looks at what the processes tell',
        { timeout: 120_000 },
        async () => {
          const watching = prometheus ?? expect.fail('no Prometheus')
          const over = { from: startedAt, to: Date.now() / 1000 }
          const folder = join(repository, 'test-out', 'dashboards', 'cluster')
          await drawDashboards(watching, over, { folder, range: '30s' })
          expect(await emptyPanels(watching, '1h')).toEqual([])
          expect(await unseenByAlerts(watching, '1h')).toEqual([])
          expect((await watching.rules()).filter(({ health }) => health !== 'ok')).toEqual([])
        },
      )
    })
  },
  { own: true },
)
