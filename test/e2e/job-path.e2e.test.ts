// The whole job path in local mode, through REST: submit, approve, follow, download, cancel, delete.
import { copyFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DevProcess, makeSite, repository, type Site, startDev } from '#test/e2e/dev-process.ts'
import { filmFacts } from '#test/e2e/film-facts.ts'
import { approve, call, submit, until, waitForEnd } from '#test/e2e/rest.ts'

let site: Site
let dev: DevProcess

beforeAll(async () => {
  site = await makeSite()
  for (const name of ['street.jpg', 'crossing.mp4', 'archive.zip'])
    await copyFile(join(repository, 'samples', name), join(site.jobsRoot, name))
  dev = await startDev(site)
}, 60_000)

afterAll(async () => {
  expect(await dev.stop()).toBe(0)
  await site[Symbol.asyncDispose]()
})

async function resultOf(jobId: string) {
  const { body } = await call(dev.url, 'GET', `/job_result/${jobId}`)
  return body
}
async function fetchBytes(link: string): Promise<Uint8Array> {
  const answer = await fetch(new URL(link, dev.url))
  expect(answer.status).toBe(200)
  return new Uint8Array(await answer.arrayBuffer())
}
/** Every file below the object store's folder whose path names the job. */
async function bytesOfJob(jobId: string): Promise<readonly string[]> {
  const all = await readdir(site.dataDir, { recursive: true })
  return all.filter((path) => path.includes(jobId))
}

test('nothing is processed before approval, then a picture comes back at the same size with its faces gone', async () => {
  const job = await submit(dev.url, '/syntonym/jobs/street.jpg')
  await until(
    'extraction',
    () => call(dev.url, 'GET', `/job_result/${job}`),
    ({ body }) => body.total_credit_cost >= 1,
  )
  expect((await call(dev.url, 'GET', `/job_status/${job}`)).body).toMatchObject({ job_id: job, status: 0 })
  await approve(dev.url, job)
  expect(await waitForEnd(dev.url, job)).toBe(3)
  const result = await resultOf(job)
  expect(result).toMatchObject({ status: 3, has_errors: false })
  const hidden = await fetchBytes(result.tasks[0].download_url)
  const original = join(site.jobsRoot, 'street.jpg')
  const [before, after] = [
    await sharp(original).raw().toBuffer({ resolveWithObject: true }),
    await sharp(hidden).raw().toBuffer({ resolveWithObject: true }),
  ]
  expect([after.info.width, after.info.height]).toEqual([before.info.width, before.info.height])
  let changed = 0
  for (let i = 0; i < before.data.length; i++)
    if (Math.abs((before.data[i] ?? 0) - (after.data[i] ?? 0)) > 40) changed++
  expect(changed).toBeGreaterThan(2000)
  expect((await sharp(hidden).metadata()).exif).toBeUndefined()
}, 120_000)

test('a film keeps its frames, its times and its sound, and tells how far it is', async () => {
  const job = await submit(dev.url, 'crossing.mp4')
  await approve(dev.url, job)
  expect(await waitForEnd(dev.url, job, 240_000)).toBe(3)
  const result = await resultOf(job)
  const hidden = join(site.jobsRoot, 'hidden.mp4')
  await import('node:fs/promises').then(async ({ writeFile }) =>
    writeFile(hidden, await fetchBytes(result.tasks[0].download_url)),
  )
  expect(filmFacts(hidden)).toEqual(filmFacts(join(site.jobsRoot, 'crossing.mp4')))
  expect(result.tasks[0].progress).toBe(1)
}, 300_000)

test('an archive gives its good members back, names the refused one with a code, and is done with errors', async () => {
  const job = await submit(dev.url, 'archive.zip')
  await approve(dev.url, job)
  expect(await waitForEnd(dev.url, job, 240_000)).toBe(3)
  const result = await resultOf(job)
  expect(result.has_errors).toBe(true)
  const refused = result.tasks.filter((task: { task_status: number }) => task.task_status === 5)
  expect(refused).toHaveLength(1)
  expect(refused[0].status_detail).toBeTruthy()
  expect(refused[0].failure.code).toMatch(/^TYPE_/)
  const packed = await fetchBytes(result.download_url)
  expect(Buffer.from(packed.subarray(0, 2)).toString()).toBe('PK')
}, 300_000)

test('a deleted job answers 404 and leaves no byte in the store', async () => {
  const job = await submit(dev.url, 'street.jpg')
  expect((await call(dev.url, 'DELETE', `/delete_job/${job}`)).status).toBe(409)
  await approve(dev.url, job)
  await waitForEnd(dev.url, job)
  expect((await bytesOfJob(job)).length).toBeGreaterThan(0)
  expect((await call(dev.url, 'DELETE', `/delete_job/${job}`)).status).toBe(200)
  expect((await call(dev.url, 'GET', `/job_status/${job}`)).status).toBe(404)
  await until(
    'bytes gone',
    () => bytesOfJob(job),
    (paths) => paths.length === 0,
    30_000,
  )
}, 120_000)

test('a job cancelled before approval stays cancelled and cannot be approved', async () => {
  const job = await submit(dev.url, 'street.jpg')
  expect((await call(dev.url, 'POST', `/cancel_job/${job}`)).status).toBe(200)
  expect((await call(dev.url, 'POST', `/cancel_job/${job}`)).status).toBe(200)
  expect((await call(dev.url, 'POST', `/approve_job/${job}`)).status).toBe(409)
  expect((await call(dev.url, 'GET', `/job_status/${job}`)).body.status).toBe(4)
}, 60_000)

test('a film cancelled while it runs stops within seconds and leaves no result', async () => {
  const job = await submit(dev.url, 'crossing.mp4')
  await approve(dev.url, job)
  await until(
    'running',
    () => call(dev.url, 'GET', `/job_status/${job}`),
    ({ body }) => body.status === 2,
  )
  expect((await call(dev.url, 'POST', `/cancel_job/${job}`)).status).toBe(200)
  expect((await call(dev.url, 'GET', `/job_status/${job}`)).body.status).toBe(4)
  const task = (await resultOf(job)).tasks[0]
  expect(task.task_status).toBe(4)
  await until(
    'output swept',
    () => bytesOfJob(job),
    (paths) => paths.every((path) => !path.includes('/output/')),
    15_000,
  )
}, 60_000)

test('a finished job cannot be cancelled, and approving twice says so', async () => {
  const job = await submit(dev.url, 'street.jpg')
  await approve(dev.url, job)
  expect((await call(dev.url, 'POST', `/approve_job/${job}`)).status).toBe(202)
  await waitForEnd(dev.url, job)
  expect((await call(dev.url, 'POST', `/cancel_job/${job}`)).status).toBe(409)
}, 60_000)

test('the event stream of a job ends when the job has ended', async () => {
  const job = await submit(dev.url, 'street.jpg')
  const stream = await fetch(new URL(`/job_events/${job}`, dev.url))
  expect(stream.headers.get('content-type')).toContain('text/event-stream')
  const text = stream.text()
  await approve(dev.url, job)
  expect(await text).toContain('"status":3')
}, 60_000)
