// A real picture through the whole room: bus, lease, boxed worker with the real models, objects, settled and charged.
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { Registry } from 'prom-client'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { startAnonymizer } from '#anonymizer/anonymizer.ts'
import { type MediaPools, openMediaPools } from '#anonymizer/media-pools.ts'
import { taskMetrics } from '#anonymizer/task-metrics.ts'
import { modelCacheFolder } from '#models/model-places.ts'
import { checkModels } from '#models/model-store.ts'
import { findBox } from '#runtime/box/find-box.ts'
import { type DetectionDocument, detectionDocumentSchema } from '#schemas/detection-document.ts'
import { PICTURE_TASKS } from '#schemas/topics.ts'
import { BLUR, repository } from './fixtures/scripted-pool.ts'
import { clock, openTaskBench, silentLog } from './fixtures/task-bench.ts'

const shared = process.env.SYNTONYM_SHARED_DATA ?? join(repository, '../shared/data')
const photo = join(shared, 'faces/crowd/images/maksssksksss1.jpg')
const modelFolder = modelCacheFolder({ HOME: homedir(), ...process.env })
const never = new AbortController().signal

async function openPools(workFolder: string, executionProvider: 'cpu' | 'cuda' = 'cpu'): Promise<MediaPools> {
  return openMediaPools({
    box: await findBox({ searchPath: '/usr/bin', tempFolder: tmpdir() }),
    workFolder,
    setup: {
      ...{ repositoryRoot: repository, nodeBinary: process.execPath },
      ...{ modelFolder, executionProvider, threads: 1 },
    },
    slots: { picture: 1, film: 1 },
    log: silentLog,
    metrics: taskMetrics(new Registry(), { executionProvider: 'cpu', models: [] }),
  })
}

async function detect(pools: MediaPools, picture: Uint8Array): Promise<DetectionDocument> {
  await using folder = await pools.picture.openFolder()
  const paths = folder.paths('.jpg')
  await writeFile(paths.input, picture)
  const order = { id: 'again', kind: 'picture', extension: '.jpg', choice: BLUR, given: false } as const
  await pools.picture.run({ ...order, until: 'detected' }, folder, { signal: never })
  return detectionDocumentSchema.parse(JSON.parse(await readFile(paths.document, 'utf8')))
}

test('a photo of a crowd comes out with its faces hidden, is found clean, and is charged once', async ({
  skip,
}) => {
  if (!existsSync(photo)) return skip('skipped: no shared data')
  const models = await checkModels({ cacheFolder: modelFolder })
  if (models.some((model) => model.verdict !== 'ok' && model.row.role !== 'text-reading'))
    return skip('skipped: no models')
  const work = await realpath(await mkdtemp(join(tmpdir(), 'syntonym-e2e-')))
  const stop = new AbortController()
  try {
    await using bench = await openTaskBench()
    await using pools = await openPools(work)
    const { bus, store, objects } = bench.stores
    const anonymizer = await startAnonymizer({
      ...{ bus, store, objects, codec: bench.codec, pools, clock, owner: 'test', log: silentLog },
      pumpMetrics: { handled: () => {}, inFlight: () => {} },
      metrics: taskMetrics(new Registry(), { executionProvider: 'cpu', models: [] }),
      signal: stop.signal,
    })
    const bytes = await readFile(photo)
    const job = await bench.job(['x'])
    const stored = await objects.put(job.event.data.input_key, Readable.from([bytes]))
    const event = {
      ...job.event,
      data: { ...job.event.data, input_sha256: stored.sha256, input_bytes: stored.bytes },
    }
    await bus.publish([await bench.codec.encode(PICTURE_TASKS.name, event.data.task_id, event)])
    while ((await job.endings()).length === 0) await setTimeout(50)
    const completed = (await job.facts()).find((fact) => fact.type === 'TaskCompleted')
    if (completed?.type !== 'TaskCompleted') throw new Error(JSON.stringify(await job.facts()))
    expect(completed.data.faces).toBeGreaterThan(5)
    expect(await job.credits()).toMatchObject({ held: 0, spent: 1, settled: 1 })

    const hidden = await buffer(await objects.read(completed.data.output_key))
    const before = await sharp(bytes).metadata()
    expect(await sharp(hidden).metadata()).toMatchObject({
      format: 'jpeg',
      width: before.width,
      height: before.height,
    })
    const document = await buffer(await objects.read(completed.data.document_key))
    const found = detectionDocumentSchema.parse(JSON.parse(document.toString()))
    expect(found.frames[0]?.detections.length).toBe(completed.data.faces + completed.data.plates)
    const again = await detect(pools, hidden)
    expect(again.frames.flatMap((frame) => frame.detections.filter((each) => each.class === 'face'))).toEqual(
      [],
    )
    stop.abort()
    await anonymizer.done
  } finally {
    stop.abort()
    await rm(work, { recursive: true, force: true })
  }
}, 120_000)

test('a GPU that was asked for and is not there stops the start with a message, and nothing runs on the CPU instead', async ({
  skip,
}) => {
  if (existsSync('/dev/nvidia0')) return skip('skipped: there is a GPU')
  const work = await realpath(await mkdtemp(join(tmpdir(), 'syntonym-e2e-')))
  try {
    await using pools = await openPools(work, 'cuda')
    await expect(pools.picture.ready()).rejects.toMatchObject({
      name: 'WorkerUnfit',
      code: 'MODEL_NOT_AVAILABLE',
    })
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}, 60_000)
