// The whole job path in cluster mode: two gateways, an extractor, two anonymizers and a projection on real servers.
import { createHash } from 'node:crypto'
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { openKafkaBus } from '#runtime/kafka/kafka-bus.ts'
import { readDeadLetter } from '#runtime/pump/dead-letters.ts'
import { DEAD_LETTERS, JOBS } from '#schemas/topics.ts'
import { makeSite, repository, startDev } from '#test/e2e/dev-process.ts'
import { approve, call, submit, until, waitForEnd } from '#test/e2e/rest.ts'
import { keptLog } from '#test/runtime/silent.ts'
import { askHost } from '#test/services/ask-host.ts'
import { withServices } from '#test/services/with-services.ts'
import { clusterServers } from './cluster-servers.ts'
import { type ClusterSite, makeClusterSite, type RoomProcess } from './cluster-site.ts'
import { startExampleConsumer } from './example-consumer.ts'
import { listBucket } from './list-bucket.ts'

const SAMPLES = ['street.jpg', 'crossing.mp4', 'archive.zip'] as const
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

async function bytesAt(url: string, link: string): Promise<Uint8Array> {
  const answer = await fetch(new URL(link, url))
  expect(answer.status).toBe(200)
  return new Uint8Array(await answer.arrayBuffer())
}

/** The hash of every file that a job gave back, in the order of its tasks. */
async function resultHashes(url: string, jobId: string): Promise<readonly string[]> {
  const { body } = await call(url, 'GET', `/job_result/${jobId}`)
  const links = body.tasks.flatMap((task: { download_url?: string }) => task.download_url ?? [])
  return Promise.all(links.map(async (link: string) => sha256(await bytesAt(url, link))))
}

async function copySamples(jobsRoot: string): Promise<void> {
  for (const name of SAMPLES) await copyFile(join(repository, 'samples', name), join(jobsRoot, name))
}

/** One broker, or three that replicate and of which one is killed in the middle; `npm run chaos` has three. */
const KAFKA = process.env.CHAOS_BROKERS === '3' ? 'kafka3' : 'kafka'

await withServices(
  [KAFKA as 'kafka' | 'kafka3', 'registry', 'valkey', 's3'],
  ({ [KAFKA]: kafka, registry, valkey, s3 }) => {
    const bucket = 'cluster-e2e'
    const servers = clusterServers({ kafka, registry, valkey, s3 })
    const jobs: string[] = []
    let site: ClusterSite
    let gateways: RoomProcess[]
    let rooms: RoomProcess[]
    const url = (i = 0) => gateways[i % gateways.length]?.url ?? ''

    beforeAll(async () => {
      site = await makeClusterSite(servers, bucket)
      await copySamples(site.jobsRoot)
    }, 60_000)
    afterAll(async () => site[Symbol.asyncDispose](), 60_000)

    describe('cluster mode', () => {
      test('a room without topics ends with the command that makes them', { timeout: 240_000 }, async () => {
        const { code, said } = await site.run('projection')
        expect(said).toContain('Run "syntonym topics create" once.')
        expect(code).toBe(2)
      })

      test('a registry that holds a foreign schema under one of our names is refused by that name, exit code 2', {
        timeout: 240_000,
      }, async () => {
        const subject = `${registry.addresses.url}/subjects/syntonym.credits.v1-value`
        const body = JSON.stringify({ schema: '"string"' })
        const headers = { 'content-type': 'application/vnd.schemaregistry.v1+json' }
        const put = await fetch(`${subject}/versions`, { method: 'POST', headers, body })
        expect(put.ok, await put.text()).toBe(true)
        const refused = await site.run('topics', 'create')
        expect(refused.said).toContain('refuses the schema of syntonym.credits.v1-value')
        expect(refused.code).toBe(2)
        for (const how of ['', '?permanent=true'])
          expect((await fetch(`${subject}${how}`, { method: 'DELETE' })).ok).toBe(true)
      })

      test('topics are created once, and a second run changes nothing', { timeout: 240_000 }, async () => {
        const first = await site.run('topics', 'create', '--json')
        expect(first.code, first.said).toBe(0)
        const again = await site.run('topics', 'create', '--json')
        expect(again.code, again.said).toBe(0)
        expect(again.said).not.toContain('created')
      })

      test('every room starts, is alive, ready and counted', { timeout: 400_000 }, async () => {
        rooms = await Promise.all(
          (['projection', 'extractor', 'anonymizer', 'anonymizer', 'gateway', 'gateway'] as const).map(
            (room) => site.start(room),
          ),
        )
        gateways = rooms.filter(({ room }) => room === 'gateway')
        for (const { metricsUrl, room } of rooms) {
          expect((await call(metricsUrl, 'GET', '/livez')).status).toBe(200)
          await until(
            `${room} ready`,
            () => call(metricsUrl, 'GET', '/readyz'),
            ({ status }) => status === 200,
          )
          expect((await call(metricsUrl, 'GET', '/metrics')).body).toContain(`room="${room}"`)
        }
      })

      test('picture, film and archive come back exactly as local mode makes them', {
        timeout: 1_800_000,
      }, async () => {
        jobs.push(...(await Promise.all(SAMPLES.map((name, i) => submit(url(i), name)))))
        await Promise.all(jobs.map((job, i) => approve(url(i + 1), job)))
        // Of three brokers two go on: nobody has to wait for the third.
        const [, second] = kafka.members
        const killed = { id: kafka.id, member: second?.name ?? '' }
        if (second !== undefined) await askHost(inject('servicesSocket'), { do: 'kill', ...killed })
        const ends = await Promise.all(jobs.map((job, i) => waitForEnd(url(i), job, 900_000)))
        expect(ends).toEqual([3, 3, 3])
        const cluster = await Promise.all(jobs.map((job, i) => resultHashes(url(i + 1), job)))

        await using local = await makeSite()
        await copySamples(local.jobsRoot)
        const dev = await startDev(local)
        const localJobs = await Promise.all(SAMPLES.map((name) => submit(dev.url, name)))
        await Promise.all(localJobs.map((job) => approve(dev.url, job)))
        for (const job of localJobs) expect(await waitForEnd(dev.url, job, 900_000)).toBe(3)
        const expected = await Promise.all(localJobs.map((job) => resultHashes(dev.url, job)))
        expect(expected.map((hashes) => hashes.length > 0)).toEqual([true, true, true])
        expect(cluster).toEqual(expected)
        await dev.stop()
        if (second !== undefined) await askHost(inject('servicesSocket'), { do: 'restart', ...killed })
      })

      test('the example consumer of the docs hears of every task that ended', {
        timeout: 180_000,
      }, async () => {
        await using example = startExampleConsumer(servers)
        const heard = () => new Set(example.lines.map(({ job }) => job))
        await until(
          'tasks heard',
          async () => heard(),
          (found) => jobs.every((job) => found.has(job)),
          150_000,
        )
        const ids = example.lines.map(({ task }) => task)
        expect(new Set(ids).size).toBe(ids.length)
        expect(example.lines.filter(({ type }) => type === 'TaskCompleted').length).toBeGreaterThan(2)
      })

      test('a record that cannot be read is dead with reason and origin, the next ones are handled, and it can be sent back', {
        timeout: 300_000,
      }, async () => {
        await using bus = openKafkaBus({ brokers: servers.brokers, clientId: 'poison', log: keptLog() })
        const headers = { ce_type: 'JobSubmitted' }
        await bus.publish([{ topic: JOBS.name, key: 'poison', value: Buffer.from('no avro'), headers }])
        const letters = async () => {
          const found = []
          for await (const record of bus.readAll(DEAD_LETTERS.name)) found.push(readDeadLetter(record))
          return found
        }
        // One of each group that reads the topic.
        const dead = await until('dead letters', letters, (found) => found.length >= 3, 120_000)
        expect(dead).toHaveLength(3)
        for (const letter of dead)
          expect(letter).toMatchObject({
            code: 'EVENT_UNREADABLE',
            topic: JOBS.name,
            key: 'poison',
            attempts: 1,
          })
        const after = await submit(url(0), 'street.jpg')
        await approve(url(1), after)
        expect(await waitForEnd(url(0), after, 200_000)).toBe(3)
        const listed = await site.run('dead-letters', 'list', '--json')
        expect(
          listed.said
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line).code),
        ).toEqual(Array(3).fill('EVENT_UNREADABLE'))
        const replayed = await site.run('dead-letters', 'replay', dead[0]?.id ?? '')
        expect(replayed).toMatchObject({ code: 0, said: '1 sent back, 0 without a place to go back to\n' })
        await until('dead again', letters, (found) => found.length === 6, 120_000)
      })

      test('a cancelled job stays cancelled at every gateway', { timeout: 120_000 }, async () => {
        const job = await submit(url(0), 'street.jpg')
        expect((await call(url(1), 'POST', `/cancel_job/${job}`)).status).toBe(200)
        expect((await call(url(0), 'POST', `/approve_job/${job}`)).status).toBe(409)
        expect((await call(url(1), 'GET', `/job_status/${job}`)).body.status).toBe(4)
      })

      test('a deleted job answers 404 everywhere and leaves no object', { timeout: 240_000 }, async () => {
        const job = await submit(url(0), 'street.jpg')
        await approve(url(1), job)
        await waitForEnd(url(0), job, 200_000)
        expect((await listBucket(s3.addresses, bucket, `jobs/${job}/`)).length).toBeGreaterThan(0)
        expect((await call(url(1), 'DELETE', `/delete_job/${job}`)).status).toBe(200)
        for (const i of [0, 1]) expect((await call(url(i), 'GET', `/job_status/${job}`)).status).toBe(404)
        await until(
          'objects gone',
          () => listBucket(s3.addresses, bucket, `jobs/${job}/`),
          (keys) => keys.length === 0,
          60_000,
        )
      })

      test('every room stops on SIGTERM with exit code 0', { timeout: 120_000 }, async () => {
        const codes = await Promise.all(rooms.map(async (room) => [room.room, await room.stop()] as const))
        expect(codes.filter(([, code]) => code !== 0)).toEqual([])
      })
    })
  },
  { own: true },
)
