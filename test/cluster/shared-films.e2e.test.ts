// One film on several anonymizers of a real site: both work on it, the result is one worker's, and who dies costs a part.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { repository } from '#test/e2e/dev-process.ts'
import { approve, call, submit, until, waitForEnd } from '#test/e2e/rest.ts'
import { makeWithWitness, referenceFfmpeg } from '#test/film/reference-decoder.ts'
import { withServices } from '#test/services/with-services.ts'
import { clusterServers } from './cluster-servers.ts'
import { type ClusterSite, makeClusterSite, type RoomProcess } from './cluster-site.ts'
import { listBucket } from './list-bucket.ts'

const FILM = 'film.mp4'
const PART_SECONDS = '2'
const program = referenceFfmpeg()

/** The bundled crossing three times over, small, with a key frame each second. */
function makeFilm(path: string): void {
  const input = ['-stream_loop', '2', '-i', join(repository, 'samples', 'crossing.mp4')]
  const coded = ['-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '20', '-g', '25', '-c:a', 'copy']
  makeWithWitness(program ?? '', [...input, '-vf', 'scale=640:360', ...coded, path])
}

interface Result {
  readonly output_sha256: string
  readonly frames: number
  readonly faces: number
  readonly plates: number
  readonly rendering: Readonly<Record<string, number>>
  readonly detections: string
}

async function resultOf(url: string, job: string): Promise<Result> {
  const { body } = await call(url, 'GET', `/job_result/${job}`)
  expect(body.tasks).toHaveLength(1)
  const [{ output_sha256, frames, faces, plates, rendering, detections_url }] = body.tasks
  const detections = await (await fetch(new URL(detections_url, url))).text()
  return { output_sha256, frames, faces, plates, rendering, detections }
}

/** The value of a metric of one process, all labels added up. */
async function metric(room: RoomProcess, name: string): Promise<number> {
  const { body } = await call(room.metricsUrl, 'GET', '/metrics')
  const lines = String(body)
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}
const partsOf = (room: RoomProcess): Promise<number> =>
  room.hasEnded() ? Promise.resolve(0) : metric(room, 'syntonym_film_parts_total')

await withServices(
  ['kafka', 'registry', 'valkey', 's3'],
  (started) => {
    const bucket = 'shared-films'
    const { addresses: s3 } = started.s3
    let site: ClusterSite
    let gateway: RoomProcess
    let workers: RoomProcess[] = []
    let alone: Result
    const sharing = { SYNTONYM_FILM_PART_SECONDS: PART_SECONDS, SYNTONYM_LOG_LEVEL: 'info' }
    const worker = (share: '0' | '2') =>
      site.start('anonymizer', { ...sharing, SYNTONYM_SHARE_FILMS: share, SYNTONYM_TASK_KINDS: 'film' })
    const begin = async (): Promise<string> => {
      // Faces only: the cheaper look.
      const job = await submit(gateway.url, FILM, { enable_lp: false })
      await approve(gateway.url, job)
      return job
    }
    const partObjects = (job: string) => listBucket(s3, bucket, `jobs/${job}/parts/`)
    const made = async (): Promise<number[]> => Promise.all(workers.map(partsOf))

    beforeAll(async () => {
      site = await makeClusterSite(clusterServers(started), bucket)
      makeFilm(join(site.jobsRoot, FILM))
      expect((await site.run('topics', 'create')).code).toBe(0)
      const others = [site.start('projection'), site.start('extractor')]
      gateway = await site.start('gateway')
      await Promise.all(others)
    }, 400_000)
    afterAll(async () => site[Symbol.asyncDispose](), 60_000)

    describe.skipIf(program === null)('a film of several parts', () => {
      test('is one worker’s where films are not shared', { timeout: 600_000 }, async () => {
        const one = await worker('0')
        const job = await begin()
        expect(await waitForEnd(gateway.url, job, 500_000)).toBe(3)
        alone = await resultOf(gateway.url, job)
        expect(alone.frames).toBe(480)
        expect(alone.faces).toBeGreaterThan(0)
        expect(alone.rendering.parts).toBeGreaterThanOrEqual(6)
        expect(await partsOf(one)).toBe(0)
        await one.stop()
      })

      test('is made by two workers, as one task with growing progress, and is the film of one', {
        timeout: 600_000,
      }, async () => {
        workers = await Promise.all([worker('2'), worker('2')])
        const job = await begin()
        const told: number[] = []
        await until(
          'the end',
          async () => (await call(gateway.url, 'GET', `/job_status/${job}`)).body,
          (body) => {
            expect(body.tasks ?? [{}]).toHaveLength(1)
            told.push(body.progress)
            return body.status >= 3
          },
          500_000,
        )
        const shared = await resultOf(gateway.url, job)
        expect(shared.output_sha256).toBe(alone.output_sha256)
        expect(shared.detections).toBe(alone.detections)
        expect(shared).toMatchObject({ frames: alone.frames, faces: alone.faces, plates: alone.plates })
        expect(told).toEqual(told.toSorted((a, b) => a - b))
        expect(told.some((progress) => progress > 0.1 && progress < 0.95)).toBe(true)
        const parts = await made()
        expect(Math.min(...parts)).toBeGreaterThanOrEqual(2)
        expect(parts.reduce((sum, count) => sum + count)).toBe(alone.rendering.parts)
        await until(
          'parts gone',
          () => partObjects(job),
          (keys) => keys.length === 0,
        )
      })

      test.each(['owner', 'other'] as const)(
        'has one result where its %s is killed, and the part in hand is all that is made again',
        { timeout: 600_000 },
        async (who) => {
          const before = await made()
          const seen = workers.map((room) => room.output().length)
          const job = await begin()
          const total = async () => (await made()).map((count, i) => count - (before[i] ?? 0))
          await until('both at work', total, (counts) => Math.min(...counts) >= 1, 300_000)
          const isOwner = (room: RoomProcess, i: number) =>
            room.output().slice(seen[i]).includes('a film is shared') === (who === 'owner')
          const victim = workers.findIndex(isOwner)
          const atDeath = (await total())[victim] ?? 0
          await workers[victim]?.stop('SIGKILL')
          expect(await waitForEnd(gateway.url, job, 500_000)).toBe(3)
          const result = await resultOf(gateway.url, job)
          expect(result.output_sha256).toBe(alone.output_sha256)
          const left = workers.findIndex((_, i) => i !== victim)
          const byOther = (await total())[left] ?? 0
          // What the killed one had listed stays; it may have listed one more between our look and its death.
          expect(byOther).toBeLessThanOrEqual((alone.rendering.parts ?? 0) - atDeath)
          expect(atDeath).toBeGreaterThanOrEqual(1)
          await until(
            'parts gone',
            () => partObjects(job),
            (keys) => keys.length === 0,
          )
          workers[victim] = await worker('2')
        },
      )

      test('ends within seconds when it is called off, and leaves nothing on its workers', {
        timeout: 300_000,
      }, async () => {
        const before = await made()
        const job = await begin()
        const running = async () =>
          (await Promise.all(workers.map((room) => metric(room, 'syntonym_tasks_running')))).reduce(
            (a, b) => a + b,
          )
        await until('both at work', made, (now) => now.every((count, i) => count > (before[i] ?? 0)), 200_000)
        await until('both busy', running, (count) => count === 2, 60_000)
        const asked = Date.now()
        expect((await call(gateway.url, 'POST', `/cancel_job/${job}`)).status).toBe(200)
        await until('idle', running, (count) => count === 0, 20_000)
        expect(Date.now() - asked).toBeLessThan(10_000)
        expect((await call(gateway.url, 'GET', `/job_status/${job}`)).body.status).toBe(4)
        await until(
          'parts gone',
          () => partObjects(job),
          (keys) => keys.length === 0,
        )
        expect((await call(gateway.url, 'DELETE', `/delete_job/${job}`)).status).toBe(200)
        const left = () => listBucket(s3, bucket, `jobs/${job}/`)
        await until('nothing left', left, (keys) => keys.length === 0)
      })

      test('leaves no dead letter and no worker’s folder behind', { timeout: 120_000 }, async () => {
        expect((await site.run('dead-letters', 'list')).said.trim()).toBe('0 dead letters')
        const folders = execFileSync('find', [site.environment.SYNTONYM_DATA_DIR ?? '', '-path', '*/tasks/*'])
        expect(folders.toString()).toBe('')
      })
    })
  },
  { own: true },
)
