// The program killed at random points of a ten-member job: nothing acknowledged is lost, and the results are the same.
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { ZipFile } from 'yazl'
import { type DevProcess, makeSite, repository, type Site, startDev } from '#test/e2e/dev-process.ts'
import { approve, call, submit, until } from '#test/e2e/rest.ts'

const MEMBERS = 10
const LATEST_KILL_MS = 1200
const KILLS = Number(process.env.SYNTONYM_TEST_KILLS ?? 12)
const MEMBER = { mtime: new Date('2026-01-01T00:00:00Z') }

/** Ten pictures, each another crop of the bundled street scene, in one archive. */
async function writeArchive(path: string): Promise<void> {
  const street = join(repository, 'samples', 'street.jpg')
  const { width, height } = await sharp(street).metadata()
  const zip = new ZipFile()
  for (let index = 0; index < MEMBERS; index++) {
    const crop = { left: index * 8, top: index * 4, width: width - 100, height: height - 60 }
    zip.addBuffer(
      await sharp(street).extract(crop).jpeg({ quality: 88 }).toBuffer(),
      `picture-${index}.jpg`,
      MEMBER,
    )
  }
  zip.end()
  await finished(zip.outputStream.pipe(createWriteStream(path)))
}

interface Outcome {
  readonly names: readonly string[]
  readonly hashes: readonly string[]
  readonly statuses: readonly number[]
}

async function outcome(url: string, jobId: string): Promise<Outcome> {
  const { body } = await call(url, 'GET', `/job_result/${jobId}`)
  const tasks: { file_name: string; task_status: number; download_url: string }[] = body.tasks
  const hashes = await Promise.all(
    tasks.map(async (task) => {
      const bytes = await (await fetch(new URL(task.download_url, url))).bytes()
      return createHash('sha256').update(bytes).digest('hex')
    }),
  )
  return { names: tasks.map((t) => t.file_name), hashes, statuses: tasks.map((t) => t.task_status) }
}

async function ended(url: string, jobId: string): Promise<boolean> {
  const answer = await call(url, 'GET', `/job_status/${jobId}`)
  expect(answer.status).toBe(200)
  return answer.body.status >= 3
}

/** Approves and waits; the service may be killed by the caller meanwhile, so every call may break off. */
async function tryToFinish(dev: DevProcess, jobId: string): Promise<boolean> {
  try {
    await approve(dev.url, jobId)
    await until(
      'end',
      () => ended(dev.url, jobId),
      (done) => done,
    )
    return true
  } catch (error) {
    if (error instanceof TypeError) return false // fetch: the other side is gone
    throw error
  }
}

/** Kills the service at random moments until this job has ended or `most` kills are done; answers how many. */
async function killedRun(site: Site, jobId: string, random: () => number, most: number): Promise<number> {
  for (let kills = 0; ; ) {
    const dev = await startDev(site)
    const running = tryToFinish(dev, jobId)
    if (kills < most) {
      const early = await Promise.race([
        running,
        new Promise<'time'>((resolve) => setTimeout(() => resolve('time'), random() * LATEST_KILL_MS)),
      ])
      if (early === 'time') {
        await dev.stop('SIGKILL')
        kills++
        await running
        continue
      }
    }
    expect(await running).toBe(true)
    await dev.stop()
    return kills
  }
}

function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1664525 + 1013904223) % 4294967296
    return state / 4294967296
  }
}

test(`ten-member jobs killed at ${KILLS} random points end once for every member, with the results of a quiet run`, {
  timeout: 1_200_000,
}, async () => {
  const seed = Date.now() % 1_000_000
  console.log(`seed ${seed}`)
  await using quiet = await makeSite()
  await using stormy = await makeSite()
  await writeArchive(join(quiet.jobsRoot, 'ten.zip'))
  await copyFile(join(quiet.jobsRoot, 'ten.zip'), join(stormy.jobsRoot, 'ten.zip'))

  const calm = await startDev(quiet)
  const calmJob = await submit(calm.url, 'ten.zip')
  expect(await tryToFinish(calm, calmJob)).toBe(true)
  const expected = await outcome(calm.url, calmJob)
  expect(expected.statuses).toEqual(Array(MEMBERS).fill(3))
  await calm.stop()

  const random = seeded(seed)
  let kills = 0
  for (let round = 1; kills < KILLS; round++) {
    const first = await startDev(stormy)
    const jobId = await submit(first.url, 'ten.zip')
    await first.stop('SIGKILL')
    kills += 1 + (await killedRun(stormy, jobId, random, KILLS - kills - 1))
    const last = await startDev(stormy)
    expect(await outcome(last.url, jobId), `round ${round}`).toEqual(expected)
    expect(await last.stop()).toBe(0)
  }
  console.log(`${kills} kills`)
})
