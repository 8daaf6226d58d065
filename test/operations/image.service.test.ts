import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { readSettings, SETTING_NAMES } from '#runtime/service/pure/read-settings.ts'
import { requireTools } from './tools.ts'

const root = join(import.meta.dirname, '..', '..')
const text = (path: string): string => readFileSync(join(root, path), 'utf8')
const entrypoint = join(root, 'docker', 'entrypoint')
const tools = await requireTools('prometheus')
const ROOMS = ['gateway', 'extractor', 'anonymizer', 'projection']

describe('the entry point of the image', () => {
  const run = (...args: readonly string[]) =>
    spawnSync(entrypoint, args, { encoding: 'utf8', cwd: '/', timeout: 60_000 })
  it('runs the commands of syntonym from any folder', () => {
    const models = run('models', '--json')
    expect(JSON.parse(models.stdout).models.length).toBeGreaterThan(2)
    expect(run('no-such-command')).toMatchObject({ status: 2 })
  })
  it.each(ROOMS)('starts %s as a process of the cluster mode, and says what it lacks', (room) => {
    const env = { ...process.env, SYNTONYM_JOBS_ROOT: root }
    const local = spawnSync(entrypoint, [room], { encoding: 'utf8', cwd: '/', env, timeout: 60_000 })
    expect(local).toMatchObject({ status: 2, stderr: expect.stringContaining('set SYNTONYM_MODE=cluster') })
    const bare = { ...env, SYNTONYM_MODE: 'cluster' }
    const cluster = spawnSync(entrypoint, [room], { encoding: 'utf8', cwd: '/', env: bare, timeout: 60_000 })
    expect(cluster).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('SYNTONYM_KAFKA_BROKERS'),
    })
  })
  it('checks an address: 0 for 2xx, 1 with what came for anything else', async () => {
    const server = createServer((request, response) =>
      response.writeHead(request.url === '/readyz' ? 200 : 503).end('{"detail":"down"}'),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
    const check = async (path: string) => {
      const child = spawn(entrypoint, ['check', `${url}${path}`], { stdio: ['ignore', 'ignore', 'pipe'] })
      let said = ''
      child.stderr.on('data', (chunk: Buffer) => {
        said += chunk.toString()
      })
      const [code] = await once(child, 'close')
      return [code, said]
    }
    expect(await check('/readyz')).toEqual([0, ''])
    expect(await check('/other')).toEqual([1, expect.stringContaining('503 {"detail":"down"}')])
    server.close()
  })
  it('knows every argument that the chart gives it', () => {
    const templates = join(root, 'charts', 'syntonym', 'templates')
    const given = readdirSync(templates)
      .filter((name) => name.endsWith('.yaml'))
      .flatMap((name) =>
        [...readFileSync(join(templates, name), 'utf8').matchAll(/"entry" "([a-z]+)"/g)].map(
          (match) => match[1],
        ),
      )
    expect(new Set(given)).toEqual(new Set(ROOMS))
  })
  it('does whole commands for the jobs of the chart', () => {
    const job = text('charts/syntonym/templates/topics-job.yaml')
    const args = /args: \[(.*)\]/.exec(job)?.[1]?.split(', ') ?? []
    expect(args).toEqual(['topics', 'create'])
    const { status, stderr } = run(...args)
    expect([status, stderr]).toEqual([2, expect.stringContaining('set SYNTONYM_MODE=cluster')])
  })
})

describe('the Dockerfile', () => {
  const stages = text('Dockerfile')
    .split(/^(?=FROM )/m)
    .slice(1)
  const last = (target: string): string =>
    stages.find((stage) => stage.startsWith('FROM') && new RegExp(`AS ${target}\n`).test(stage)) ?? ''
  it.each(['cpu', 'cuda'])(
    '%s: ends as nobody’s root, from pinned images, with the bill of materials inside',
    (target) => {
      const stage = last(target)
      expect(stage.lastIndexOf('USER 10001:10001')).toBeGreaterThan(stage.lastIndexOf('RUN '))
      expect(stage).toContain('ENTRYPOINT ["/opt/syntonym/docker/entrypoint"]')
      expect(text('Dockerfile')).toContain('sbom.cdx.json')
    },
  )
  it('copies only what exists, and pins every image', () => {
    for (const stage of stages) {
      const [, image = ''] = /^FROM (\S+)/.exec(stage) ?? []
      const isStage = stages.some((each) => each.includes(` AS ${image}\n`))
      expect([image, isStage || /:\d[\w.-]*$/.test(image)]).toEqual([image, true])
      for (const [, paths = ''] of stage.matchAll(/^COPY (?!--from)(.+) \S+$/gm))
        for (const path of paths.split(' '))
          expect([path, existsSync(join(root, path))]).toEqual([path, true])
    }
  })
})

describe('docker-compose.yml', () => {
  // biome-ignore lint/suspicious/noExplicitAny: read as it comes and asserted on
  const compose: any = parse(text('docker-compose.yml'), { merge: true })
  const services = Object.entries<Record<string, unknown>>(compose.services)
  it('has the profiles cpu, gpu, cluster, cluster-gpu and observability, and only pinned images', () => {
    expect(new Set(services.flatMap(([, { profiles }]) => profiles as string[]))).toEqual(
      new Set(['cpu', 'gpu', 'cluster', 'cluster-gpu', 'observability']),
    )
    for (const [name, { image }] of services)
      expect([name, String(image)]).toEqual([name, expect.stringMatching(/:v?\d[\w.-]*\}?$/)])
  })
  it('opens ports on loopback alone, keeps no capability, and checks the health of what others wait for', () => {
    for (const [name, service] of services) {
      for (const port of (service.ports ?? []) as string[])
        expect([name, port]).toEqual([name, expect.stringMatching(/^127\.0\.0\.1:/)])
      expect([name, service.cap_drop, service.security_opt]).toEqual([
        name,
        ['ALL'],
        ['no-new-privileges:true'],
      ])
      for (const [other, rule] of Object.entries(
        (service.depends_on ?? {}) as Record<string, { condition: string }>,
      )) {
        // What runs once is waited for until it is done.
        const isOnce = compose.services[other].restart === 'no'
        const wanted = isOnce ? 'service_completed_successfully' : 'service_healthy'
        expect([other, rule.condition, Boolean(compose.services[other].healthcheck)]).toEqual([
          other,
          wanted,
          true,
        ])
      }
    }
    for (const name of ['syntonym-cpu', 'syntonym-gpu'])
      expect(compose.services[name]).toMatchObject({
        read_only: true,
        user: '10001:10001',
        healthcheck: { test: expect.arrayContaining(['check']) },
      })
  })
  it('mounts only what exists, and every variable is explained in .env.example', () => {
    const example = text('.env.example')
    for (const [, name = ''] of text('docker-compose.yml').matchAll(/\$\{([A-Z0-9_]+)/g))
      expect([name, example.includes(`${name}=`)]).toEqual([name, true])
    for (const [, path = ''] of text('docker-compose.yml').matchAll(/(\.\/(?:docker|charts)[^:"]*):\//g))
      expect([path, existsSync(join(root, path))]).toEqual([path, true])
    const settings = Object.keys(compose.services['syntonym-gpu'].environment).filter((name) =>
      name.startsWith('SYNTONYM_'),
    )
    expect(settings.filter((name) => !SETTING_NAMES.includes(name))).toEqual([])
    for (const path of [
      'docker/otel-collector.yml',
      'docker/grafana/datasources/prometheus.yml',
      'docker/grafana/dashboards/syntonym.yml',
    ])
      expect(parseAllDocuments(text(path)).flatMap(({ errors }) => errors)).toEqual([])
  })
  /** As Compose fills them in, with the values of .env.example and a secret. */
  const filled = (value: unknown): string => {
    const given = Object.fromEntries(
      [...text('.env.example').matchAll(/^([A-Z0-9_]+)=(.+)$/gm)].map(([, name, is]) => [name, is]),
    )
    const variables = { ...given, SYNTONYM_S3_SECRET_KEY: 'a-secret-of-the-trial' }
    return String(value).replace(
      /\$\{([A-Z0-9_]+):-([^}]*)\}/g,
      (_, name: string, otherwise: string) => variables[name as keyof typeof variables] ?? otherwise,
    )
  }
  const environmentOf = (name: string): Record<string, string> =>
    Object.fromEntries(
      Object.entries(compose.services[name].environment).map(([key, value]) => [key, filled(value)]),
    )
  const cluster = services.filter(
    ([, { image, profiles }]) =>
      String(image).includes('syntonym') && (profiles as string[]).some((one) => one.startsWith('cluster')),
  )

  it('runs every room of the cluster by a command that the program has', () => {
    const commands = cluster.map(([, { command }]) => command as string[])
    expect(new Set(commands.map((words) => words.join(' ')))).toEqual(new Set([...ROOMS, 'topics create']))
    for (const words of commands) {
      const done = spawnSync(entrypoint, [...words, '--help'], { encoding: 'utf8', timeout: 60_000 })
      expect([words, done.status]).toEqual([words, 0])
    }
  })
  it('gives each of them settings that the program reads, and that are whole', () => {
    for (const [name] of cluster) {
      const settings = environmentOf(name)
      const unknown = Object.keys(settings).filter(
        (key) => key.startsWith('SYNTONYM_') && !SETTING_NAMES.includes(key),
      )
      expect([name, unknown]).toEqual([name, []])
      const read = readSettings({ ...settings, SYNTONYM_DATA_DIR: '/work/data' }, {})
      expect([name, read.verdict, 'problems' in read ? read.problems : []]).toEqual([name, 'ok', []])
      const without = readSettings({ ...settings, SYNTONYM_S3_SECRET_KEY: '' }, {})
      expect(JSON.stringify(without)).toContain('SYNTONYM_S3_SECRET_KEY')
    }
  })
  it('lets them reach only servers that it starts, at the ports that those listen on', () => {
    const hosts = { kafka: 9092, registry: 8080, valkey: 6379, s3: 8333 }
    const { SYNTONYM_KAFKA_BROKERS = '', ...rest } = environmentOf('gateway')
    const urls = Object.values(rest).filter(
      (value) => /^(http|redis):\/\//.test(value) && !/otel/.test(value),
    )
    const asked = [`kafka://${SYNTONYM_KAFKA_BROKERS}`, ...urls].map((value) => new URL(value))
    expect(Object.fromEntries(asked.map(({ hostname, port }) => [hostname, Number(port)]))).toEqual(hosts)
    for (const host of Object.keys(hosts)) expect([host, host in compose.services]).toEqual([host, true])
    expect(filled(compose.services.gateway.ports)).toBe('127.0.0.1:8080:8080')
  })
  it('keeps what its servers hold over a restart, the schemas too', () => {
    for (const name of ['kafka', 'valkey', 's3'])
      expect([name, compose.services[name].volumes?.length]).toEqual([name, 1])
    expect(compose.services.registry.environment.APICURIO_STORAGE_KIND).toBe('kafkasql')
    expect(compose.services.valkey.command).toEqual(expect.arrayContaining(['always', 'noeviction']))
    const identity = JSON.parse(filled(compose.configs.s3.content))
    const [{ accessKey, secretKey }] = identity.identities[0].credentials
    const { SYNTONYM_S3_ACCESS_KEY, SYNTONYM_S3_SECRET_KEY } = environmentOf('gateway')
    expect([accessKey, secretKey]).toEqual([SYNTONYM_S3_ACCESS_KEY, SYNTONYM_S3_SECRET_KEY])
  })
  it.skipIf(!tools)('its Prometheus configuration is one', () => {
    const done = spawnSync(
      join(tools?.prometheus ?? '', 'promtool'),
      ['check', 'config', '--syntax-only', join(root, 'docker/prometheus.yml')],
      { encoding: 'utf8' },
    )
    expect([done.status, done.stderr]).toEqual([0, ''])
  })
})

it('npm run sbom writes a CycloneDX bill with what is shipped and without what only tests use', () => {
  const done = spawnSync('npm', ['run', '--silent', 'sbom'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
    timeout: 120_000,
  })
  const bill = JSON.parse(done.stdout)
  expect(bill.bomFormat).toBe('CycloneDX')
  const names: string[] = bill.components.map((each: { group?: string; name: string }) =>
    each.group ? `${each.group}/${each.name}` : each.name,
  )
  for (const name of ['node-av', 'sharp', 'onnxruntime-node', 'fastify']) expect(names).toContain(name)
  for (const name of ['vitest', 'typescript']) expect(names).not.toContain(name)
}, 120_000)
