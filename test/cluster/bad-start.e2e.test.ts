// A room that is started with something wrong says so where an operator looks: /readyz, one log line, or its exit code.
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { modelCacheFolder } from '#models/model-places.ts'
import { call, until } from '#test/e2e/rest.ts'
import { freePorts } from '#test/services/free-ports.ts'
import { withServices } from '#test/services/with-services.ts'
import { clusterServers } from './cluster-servers.ts'
import { type ClusterSite, makeClusterSite, type RoomName } from './cluster-site.ts'

const IN_TIME = { timeout: 240_000 }

await withServices(
  ['kafka', 'registry', 'valkey', 's3'],
  ({ kafka, registry, valkey, s3 }) => {
    let site: ClusterSite
    let closed = ''
    beforeAll(async () => {
      site = await makeClusterSite(clusterServers({ kafka, registry, valkey, s3 }), 'bad-start')
      const [port = 0] = await freePorts(1)
      closed = `127.0.0.1:${port}`
      const created = await site.run('topics', 'create')
      expect(created.code, created.said).toBe(0)
    }, 240_000)
    afterAll(() => site[Symbol.asyncDispose](), 60_000)

    /** A room that comes up without becoming ready, and what it says by then. */
    async function notReady(room: RoomName, environment: Record<string, string>, reason: RegExp) {
      const [port = 0] = await freePorts(1)
      const started = site.spawn(room, { SYNTONYM_METRICS_PORT: String(port), ...environment })
      const url = `http://127.0.0.1:${port}`
      const { body } = await until(
        String(reason),
        () => call(url, 'GET', '/readyz').catch(() => ({ status: 0, body: {}, headers: new Headers() })),
        (answer) =>
          answer.status === 503 && (answer.body.reasons ?? []).some((said: string) => reason.test(said)),
        120_000,
      )
      expect((await call(url, 'GET', '/livez')).status).toBe(200)
      // Long enough for more tries; they are not told again.
      await new Promise((resolve) => setTimeout(resolve, 4_000))
      const advice = started
        .output()
        .split('\n')
        .filter((line) => line.includes('docs/runbooks/'))
      expect(advice, started.output()).toHaveLength(1)
      expect(started.hasEnded()).toBe(false)
      await started.stop()
      return { failing: body.failing as string[], advice: String(JSON.parse(advice[0] ?? '').msg) }
    }

    describe('a room whose service cannot be reached', () => {
      test.each([
        ['Kafka', 'SYNTONYM_KAFKA_BROKERS', ''],
        ['the schema registry', 'SYNTONYM_SCHEMA_REGISTRY_URL', 'http://'],
        ['the object store', 'SYNTONYM_S3_ENDPOINT', 'http://'],
      ])(
        '%s: waits, is alive and not ready with the reason, and says once what to do',
        IN_TIME,
        async (service, setting, scheme) => {
          const wrong = { [setting]: scheme + closed }
          const { failing, advice } = await notReady(
            'projection',
            wrong,
            new RegExp(`the start waits: ${service} does not answer`),
          )
          expect(failing).toContain('start')
          expect(advice).toContain(`check ${setting}`)
          expect(advice).toContain('syntonym doctor')
        },
      )

      test.each([
        ['an address where nobody is', () => `redis://${closed}`],
        ['a password that is not the server’s', () => valkey.addresses.url.replace('://', '://:wrong@')],
      ])('Redis, %s: the same', IN_TIME, async (_, url) => {
        const { failing, advice } = await notReady(
          'projection',
          { SYNTONYM_REDIS_URL: url() },
          /^decisions: The store of decisions and views does not answer/,
        )
        expect(failing).toEqual(expect.arrayContaining(['decisions', 'views']))
        expect(advice).toContain('SYNTONYM_REDIS_URL')
      })
    })

    describe('a room with a secret that is missing or wrong', () => {
      const endsWith = async (room: RoomName, environment: Record<string, string>, said: RegExp) => {
        const started = site.spawn(room, environment)
        started.ready.catch(() => undefined)
        expect((await started.ended).code, started.output()).toBe(2)
        expect(started.output()).toMatch(said)
        expect(
          started
            .output()
            .split('\n')
            .filter((line) => said.test(line)),
        ).toHaveLength(1)
      }
      test.each([
        [
          'no S3 key',
          'projection',
          { SYNTONYM_S3_SECRET_KEY: '' },
          /SYNTONYM_S3_SECRET_KEY must not be empty/,
        ],
        [
          'a wrong S3 key',
          'projection',
          { SYNTONYM_S3_SECRET_KEY: 'wrong' },
          /refuses the bucket .*Check SYNTONYM_S3_ACCESS_KEY/,
        ],
        [
          'no key file',
          'gateway',
          { SYNTONYM_KEYS_FILE: '/nowhere/keys.json' },
          /key file .*cannot be read \(ENOENT\).*SYNTONYM_KEYS_FILE/,
        ],
      ] as const)(
        '%s: ends with exit code 2 and one line that names the setting',
        IN_TIME,
        async (_, room, environment, said) => {
          await endsWith(room, { ...environment }, said)
        },
      )
    })

    test(
      'an anonymizer with a model that was changed stays up without work, and says why and what to do, once',
      IN_TIME,
      async () => {
        const cache = join(site.jobsRoot, '..', 'cache')
        const models = join(cache, 'syntonym', 'models')
        await mkdir(models, { recursive: true })
        await cp(modelCacheFolder({ HOME: homedir(), ...process.env }), models, { recursive: true })
        const [name = ''] = (await readdir(models)).filter((file) => file.startsWith('centerface'))
        const bytes = await readFile(join(models, name))
        bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
        await writeFile(join(models, name), bytes)
        const { failing, advice } = await notReady(
          'anonymizer',
          { XDG_CACHE_HOME: cache },
          /^MODEL_NOT_AVAILABLE: .*worker-unfit\.md$/,
        )
        // Nobody built decisions and views yet: there is no projection here.
        expect(failing).toEqual(expect.arrayContaining(['work']))
        expect(failing).not.toContain('objects')
        expect(advice).toMatch(/syntonym models.*syntonym doctor.*worker-unfit\.md/)
      },
    )
  },
  { own: true },
)
