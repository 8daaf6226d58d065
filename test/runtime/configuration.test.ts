import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ConfigurationError } from '#runtime/configuration-error.ts'
import { type ConfigurationFlags, loadConfiguration } from '#runtime/service/configuration.ts'
import { editDistance, nearestName } from '#runtime/service/pure/nearest-name.ts'
import { SETTING_NAMES } from '#runtime/service/pure/read-settings.ts'
import { temporaryFolder } from '../conformance/local-adapters.ts'

const load = (environment: Record<string, string | undefined>, flags: ConfigurationFlags = {}) =>
  loadConfiguration({ environment, flags, needsJobsRoot: false })

async function problemsOf(environment: Record<string, string>): Promise<string> {
  try {
    await load(environment)
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError)
    return error instanceof Error ? error.message : ''
  }
  throw new Error('it was accepted')
}

const CLUSTER = {
  SYNTONYM_MODE: 'cluster',
  SYNTONYM_KAFKA_BROKERS: 'a:9092, [::1]:9093',
  SYNTONYM_SCHEMA_REGISTRY_URL: 'http://registry:8081',
  SYNTONYM_REDIS_URL: 'rediss://:pass@redis:6379',
  SYNTONYM_S3_ENDPOINT: 'https://s3:9000',
  SYNTONYM_S3_ACCESS_KEY: 'id',
  SYNTONYM_S3_SECRET_KEY: 'very-secret',
  SYNTONYM_S3_BUCKET: 'syntonym',
}

test('with nothing set it is local mode on loopback', async () => {
  expect(await load({ HOME: '/home/me', PATH: '/bin' })).toEqual({
    mode: 'local',
    jobsRoot: '/syntonym/jobs',
    dataDir: '/home/me/.local/share/syntonym',
    host: '127.0.0.1',
    port: 8080,
    metricsPort: 9464,
    keysFile: undefined,
    executionProvider: 'cpu',
    taskKinds: ['picture', 'film'],
    films: { partSeconds: 60, shareOf: 3, decode: 'cpu', encode: 'cpu' },
    drainSeconds: 0,
    publicUrl: undefined,
    logLevel: 'warn',
  })
})

test('flags win over variables', async () => {
  const flags = { dataDir: '/flag', port: '0', host: undefined }
  const environment = { SYNTONYM_DATA_DIR: '/variable', SYNTONYM_PORT: '1', SYNTONYM_HOST: '::1' }
  expect(await load(environment, flags)).toMatchObject({ dataDir: '/flag', port: 0, host: '::1' })
})

test('cluster mode has all services', async () => {
  expect(await load(CLUSTER)).toMatchObject({
    mode: 'cluster',
    cluster: {
      kafkaBrokers: ['a:9092', '[::1]:9093'],
      redisUrl: 'rediss://:pass@redis:6379',
      s3: { endpoint: 'https://s3:9000', bucket: 'syntonym' },
    },
  })
})

test('one message says everything that is wrong', async () => {
  const message = await problemsOf({
    ...CLUSTER,
    SYNTONYM_PORT: '80800',
    SYNTONYM_REDIS_URL: 'http://redis',
    SYNTONYM_KAFKA_BROKERS: 'nobroker',
    SYNTONYM_EXECUTION_PROVIDER: 'gpu',
    SYNTONYM_FILM_ENCODE: 'nvenc',
    SYNTONYM_JOB_ROOT: '/x',
    SYNTONYM_JOBS_ROOT: 'relative',
  })
  for (const part of [
    'wrong in 7 places',
    'SYNTONYM_PORT must be a port number',
    'SYNTONYM_REDIS_URL must be an address that begins with redis:// or rediss://',
    'SYNTONYM_KAFKA_BROKERS must be host:port',
    'SYNTONYM_EXECUTION_PROVIDER must be cpu, cuda or tensorrt',
    'SYNTONYM_FILM_ENCODE must be cpu or cuda',
    'SYNTONYM_JOB_ROOT is not a setting. Did you mean SYNTONYM_JOBS_ROOT?',
    'SYNTONYM_JOBS_ROOT must be an absolute path',
  ])
    expect(message).toContain(part)
})

test('cluster mode names every service that is missing', async () => {
  const message = await problemsOf({ SYNTONYM_MODE: 'cluster' })
  for (const name of Object.keys(CLUSTER).slice(1)) expect(message).toContain(`${name} is missing`)
})

test('a wrong mode is said together with the rest', async () => {
  const message = await problemsOf({ SYNTONYM_MODE: 'both', SYNTONYM_PORT: 'x' })
  expect(message).toContain('SYNTONYM_MODE must be local or cluster')
  expect(message).toContain('SYNTONYM_PORT')
})

test('a secret is never in the message', async () => {
  const environment = { ...CLUSTER, SYNTONYM_REDIS_URL: 'very-secret', SYNTONYM_S3_SECRET_KEY: ' ' }
  expect(await problemsOf(environment)).not.toContain('very-secret')
})

test('the jobs root must be a folder that can be read', async () => {
  await using folder = await temporaryFolder()
  const at = (jobsRoot: string) =>
    loadConfiguration({ environment: {}, flags: { jobsRoot }, needsJobsRoot: true })
  const file = join(folder.path, 'file')
  await writeFile(file, '')
  await expect(at(join(folder.path, 'none'))).rejects.toThrow('does not exist')
  await expect(at(file)).rejects.toThrow('is not a folder')
  expect((await at(folder.path)).jobsRoot).toBe(folder.path)
})

test.skipIf(process.getuid?.() === 0)('a jobs root without the right to read is said so', async () => {
  await using folder = await temporaryFolder()
  const closed = join(folder.path, 'closed')
  await mkdir(closed)
  await chmod(closed, 0o000)
  const loading = loadConfiguration({ environment: {}, flags: { jobsRoot: closed }, needsJobsRoot: true })
  await expect(loading).rejects.toThrow('cannot be read (EACCES)')
})

test('a setting with one wrong letter is recognised', () => {
  fc.assert(
    fc.property(fc.constantFrom(...SETTING_NAMES), fc.nat(), fc.constantFrom('X', ''), (name, at, letter) => {
      const place = 9 + (at % (name.length - 9))
      const wrong = name.slice(0, place) + letter + name.slice(place + 1)
      expect(editDistance(wrong, nearestName(wrong, SETTING_NAMES) ?? '')).toBeLessThanOrEqual(1)
    }),
  )
})
