import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient } from 'redis'
import { expect, test } from 'vitest'
import { runProgram } from '#cli/program.ts'
import { openKafkaBus } from '#runtime/kafka/kafka-bus.ts'
import { TOPICS } from '#schemas/topics.ts'
import { temporaryFolder } from '../conformance/local-adapters.ts'
import { keptLog } from '../runtime/silent.ts'
import { withServices } from '../services/with-services.ts'

const sha256 = createHash('sha256').update('key').digest('hex')
const keys = { accounts: [{ id: 'anna', name: 'Anna', credits: 10, keys: [{ id: 'k', sha256 }] }] }

/** Runs a command as the shell does; what it printed, and its exit code. */
async function run(environment: Record<string, string>, ...args: string[]) {
  const printed = { out: '', err: '' }
  const into = (where: 'out' | 'err') => ({
    write: (text: string) => {
      printed[where] += text
    },
  })
  const code = await runProgram(args, {
    out: into('out'),
    err: into('err'),
    environment,
    signal: new AbortController().signal,
  } as Parameters<typeof runProgram>[1])
  return { ...printed, code }
}
const answerOf = ({ out, err }: { out: string; err: string }): unknown => {
  if (out === '') throw new Error(err)
  return JSON.parse(out)
}
const anna = (available: number) => ({ accounts: [{ account: 'anna', available, held: 0, spent: 0 }] })

test('in local mode a grant is booked once for its id, and kept', async () => {
  await using folder = await temporaryFolder()
  const keysFile = join(folder.path, 'keys.json')
  await writeFile(keysFile, JSON.stringify(keys))
  const environment = { SYNTONYM_DATA_DIR: join(folder.path, 'data'), SYNTONYM_KEYS_FILE: keysFile }
  const grant = () => run(environment, 'credits', 'grant', 'anna', '25', '--id', 'invoice 7')
  expect(await grant()).toMatchObject({ code: 0, out: 'granted 25\nanna: 25 available, 0 held, 0 spent\n' })
  expect((await grant()).out).toContain('booked before')
  expect(answerOf(await run(environment, 'credits', 'show', '--json'))).toEqual(anna(25))
  for (const wrong of [
    ['bert', '5'],
    ['anna', '0'],
    ['anna', '-3'],
    ['anna', '1.5'],
  ])
    expect((await run(environment, 'credits', 'grant', '--', ...wrong)).code).toBe(2)
})

await withServices(
  ['kafka', 'registry', 'valkey'],
  ({ kafka, registry, valkey }) => {
    test('in cluster mode credits survive the loss of the whole store, by one command', async () => {
      await using folder = await temporaryFolder()
      const keysFile = join(folder.path, 'keys.json')
      await writeFile(keysFile, JSON.stringify(keys))
      const { brokers } = kafka.addresses
      await using bus = openKafkaBus({ brokers, clientId: 'test', log: keptLog() })
      await bus.ensureTopics(TOPICS)
      const environment = {
        SYNTONYM_MODE: 'cluster',
        SYNTONYM_KEYS_FILE: keysFile,
        SYNTONYM_KAFKA_BROKERS: brokers.join(','),
        SYNTONYM_SCHEMA_REGISTRY_URL: registry.addresses.url,
        SYNTONYM_REDIS_URL: valkey.addresses.url,
        SYNTONYM_S3_ENDPOINT: 'http://127.0.0.1:1',
        SYNTONYM_S3_ACCESS_KEY: 'unused',
        SYNTONYM_S3_SECRET_KEY: 'unused',
        SYNTONYM_S3_BUCKET: 'unused',
      }
      const rebuild = async () => answerOf(await run(environment, 'projection', 'rebuild', '--json'))
      expect(await rebuild()).toMatchObject({ facts: 0 })
      const grant = () => run(environment, 'credits', 'grant', 'anna', '25', '--id', 'invoice 7')
      expect((await grant()).out).toContain('granted 25')
      const admin = createClient({ url: valkey.addresses.url })
      await admin.connect()
      await admin.flushAll()
      admin.destroy()
      expect(await run(environment, 'credits', 'show')).toMatchObject({ code: 1, out: '' })
      expect(await rebuild()).toMatchObject({ facts: 1 })
      expect(answerOf(await run(environment, 'credits', 'show', '--json'))).toEqual(anna(25))
      expect((await grant()).out).toContain('booked before')
    }, 180_000)
  },
  { own: true },
)
