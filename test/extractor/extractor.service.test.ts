// The path of a job through the extractor: submitted, planned, started, packed, deleted; once, whatever is repeated or stopped.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sevenZipProgram } from '#extractor/seven-zip-path.ts'
import { taskId } from '#schemas/ids.ts'
import { packKey, sourceKey } from '#schemas/object-keys.ts'
import { planEntryKey, planEntrySchema, submitTraceKey, synSeedKey } from '#schemas/state-keys.ts'
import { FILM_TASKS, JOBS, OUTCOMES, PICTURE_TASKS } from '#schemas/topics.ts'
import { CONFIG, type ExtractorWorld, openExtractorWorld, until } from './extractor-world.ts'
import { avi, jpeg, png } from './made-media.ts'
import { rar5 } from './made-rar.ts'
import { madeZip } from './made-zip.ts'
import { unzip } from './unzip.ts'

let world: ExtractorWorld
const media: Record<string, Buffer> = {}
let zip: Buffer

beforeAll(async () => {
  world = await openExtractorWorld()
  media['b.jpg'] = await jpeg({ width: 64, height: 48 })
  media['a.png'] = await png({ width: 30, height: 20 })
  media['film.avi'] = await avi({ width: 64, height: 48 }, 50, 25)
  zip = await zipOf({ ...media, 'note.txt': Buffer.from('hello'), 'c.JPEG': media['b.jpg'] })
  await world.start()
}, 30_000)
afterAll(() => world[Symbol.asyncDispose]())

const zipOf = (files: Record<string, Buffer>): Promise<Buffer> => madeZip(world.folder, files)

const planned = (jobId: string) =>
  until(async () => {
    const entry = await world.stores.store.get(planEntryKey(jobId))
    return entry && planEntrySchema.parse(JSON.parse(entry.value))
  })
const one = async <T>(found: Promise<readonly T[]>): Promise<T | undefined> => (await found)[0]
const extracted = (jobId: string) => until(() => one(world.facts(OUTCOMES.name, 'JobExtracted', jobId)))
const packed = (jobId: string) => until(() => one(world.facts(OUTCOMES.name, 'JobPacked', jobId)))
const tasks = async (jobId: string) => [
  ...(await world.facts(PICTURE_TASKS.name, 'TaskReady', jobId)),
  ...(await world.facts(FILM_TASKS.name, 'TaskReady', jobId)),
]

describe('an archive', () => {
  test('becomes a plan, and its tasks start when it is approved', async () => {
    const { jobId } = await world.submit('holiday.zip', zip)
    expect(await planned(jobId)).toEqual({
      ...{
        verdict: 'planned',
        task_count: 5,
        runnable_count: 4,
        total_credit_cost: 5,
        archive_format: 'zip',
      },
    })
    const fact = await extracted(jobId)
    expect(fact.data).toMatchObject({ task_count: 5, total_credit_cost: 5, archive_format: 'zip' })
    expect(fact.data.estimated_seconds).toBeGreaterThan(0)
    const told = await world.facts(OUTCOMES.name, 'TaskPlanned', jobId)
    expect(
      told.map(({ data }) => [
        data.task_index,
        data.file_name,
        data.media_kind,
        data.refused_code,
        data.width,
        data.frames,
      ]),
    ).toEqual([
      [0, 'b.jpg', 'picture', null, 64, null],
      [1, 'a.png', 'picture', null, 30, null],
      [2, 'film.avi', 'film', null, 64, 50],
      [3, 'note.txt', null, 'TYPE_UNKNOWN', null, null],
      [4, 'c.JPEG', 'picture', null, 64, null],
    ])
    // The archive itself is gone; its members are stored byte for byte; the refused one is not.
    await until(async () => !(await world.stores.objects.stat(sourceKey(jobId))))
    const inputs = (await world.keys(jobId)).filter((key) => key.startsWith('input/'))
    expect(inputs).toEqual([0, 1, 2, 4].map((i) => `input/${taskId(jobId, i)}`).sort())
    expect(await world.read(`jobs/${jobId}/input/${taskId(jobId, 1)}`)).toEqual(media['a.png'])
    expect(await tasks(jobId)).toEqual([])

    await world.decide(jobId, { approved: true }, 'JobApproved')
    const ready = await until(async () => {
      const all = await tasks(jobId)
      return all.length >= 4 && all
    })
    expect(
      ready.map(({ data }) => [data.task_index, data.media_kind, data.extension, data.model_config]).sort(),
    ).toEqual([
      [0, 'picture', '.jpg', CONFIG],
      [1, 'picture', '.png', CONFIG],
      [2, 'film', '.avi', CONFIG],
      [4, 'picture', '.jpeg', CONFIG],
    ])
  })

  test('that needs no approval starts at once', async () => {
    const { jobId } = await world.submit('now.zip', zip, { needsApproval: false })
    const ready = await until(async () => {
      const all = await tasks(jobId)
      return all.length >= 4 && all
    })
    expect(ready).toHaveLength(4)
  })

  test('is packed in its order when the last task has ended, with a line for what failed', async () => {
    const { jobId } = await world.submit('holiday.zip', zip, { needsApproval: false })
    await planned(jobId)
    await world.settle(jobId, 4, 'completed')
    await world.settle(jobId, 2, 'completed', { bytes: Buffer.from('film'), extension: '.mp4' })
    await world.settle(jobId, 1, 'failed')
    await world.settle(jobId, 0, 'completed')
    const { data } = await packed(jobId)
    expect(data).toMatchObject({ output_key: packKey(jobId), output_extension: '.zip' })
    const bytes = await world.read(data.output_key)
    expect(bytes.length).toBe(data.output_bytes)
    const results = await unzip(world.folder, bytes)
    expect([...results.keys()]).toEqual(['b.jpg', 'film.mp4', 'c.JPEG', 'manifest.json'])
    expect(results.get('film.mp4')).toBe('film')
    const manifest = JSON.parse(results.get('manifest.json') ?? '')
    expect(
      manifest.files.map((file: Record<string, unknown>) => [file.file_name, file.status, file.code]),
    ).toEqual([
      ['b.jpg', 'completed', null],
      ['a.png', 'failed', 'MEDIA_UNREADABLE'],
      ['film.avi', 'completed', null],
      ['note.txt', 'failed', 'TYPE_UNKNOWN'],
      ['c.JPEG', 'completed', null],
    ])
  })

  test('comes back as 7z when it was 7z, and as zip when it was rar', async () => {
    const source = await mkdtemp(join(world.folder, 'seven-'))
    await writeFile(join(source, 'b.jpg'), media['b.jpg'] ?? '')
    await promisify(execFile)(sevenZipProgram(), ['a', join(source, 'a.7z'), join(source, 'b.jpg')])
    const seven = await world.submit('a.7z', await readFile(join(source, 'a.7z')), { needsApproval: false })
    const rar = await world.submit('a.rar', rar5({ 'b.jpg': media['b.jpg'] ?? Buffer.alloc(0) }), {
      needsApproval: false,
    })
    for (const [{ jobId }, extension] of [
      [seven, '.7z'],
      [rar, '.zip'],
    ] as const) {
      await planned(jobId)
      await world.settle(jobId, 0, 'completed')
      expect((await packed(jobId)).data.output_extension).toBe(extension)
    }
    const path = join(source, 'back.7z')
    await writeFile(path, await world.read(packKey(seven.jobId)))
    const { stdout } = await promisify(execFile)(sevenZipProgram(), ['l', '-ba', '-slt', path])
    expect([...stdout.matchAll(/^Path = (.*)$/gm)].map(([, name]) => name)).toEqual([
      'b.jpg',
      'manifest.json',
    ])
  })

  test('without a single result is not packed', async () => {
    const { jobId } = await world.submit('a.zip', await zipOf({ 'b.jpg': media['b.jpg'] ?? Buffer.alloc(0) }))
    await planned(jobId)
    await world.settle(jobId, 0, 'failed')
    const later = await world.submit('b.zip', await zipOf({ 'b.jpg': media['b.jpg'] ?? Buffer.alloc(0) }))
    await planned(later.jobId)
    await world.settle(later.jobId, 0, 'completed')
    await packed(later.jobId)
    expect(await world.facts(OUTCOMES.name, 'JobPacked', jobId)).toEqual([])
  })

  test('that cannot be opened is refused as a whole, and nothing of it stays', async () => {
    const cases: [string, Buffer, string][] = [
      ['cut.zip', zip.subarray(0, zip.length / 2), 'ARCHIVE_UNREADABLE'],
      ['picture.zip', media['b.jpg'] ?? zip, 'TYPE_MISMATCH'],
      ['nothing.zip', Buffer.alloc(0), 'FILE_EMPTY'],
    ]
    for (const [name, bytes, code] of cases) {
      const { jobId } = await world.submit(name, bytes)
      const refused = await until(() => one(world.facts(OUTCOMES.name, 'JobRefused', jobId)))
      expect(refused.data.code, name).toBe(code)
      expect(await planned(jobId)).toMatchObject({ verdict: 'refused', code })
      await until(async () => (await world.keys(jobId)).join() === 'submission.json')
    }
  })
})

describe('a single file', () => {
  test('is its one task, stored as it came', async () => {
    const { jobId } = await world.submit('b.jpg', media['b.jpg'] ?? zip, { needsApproval: false })
    expect(await planned(jobId)).toMatchObject({ task_count: 1, runnable_count: 1, archive_format: null })
    const [ready] = await until(async () => {
      const all = await tasks(jobId)
      return all.length > 0 && all
    })
    expect(await world.read(ready?.data.input_key ?? '')).toEqual(media['b.jpg'])
    await world.settle(jobId, 0, 'completed')
    expect(await world.facts(OUTCOMES.name, 'JobPacked', jobId)).toEqual([])
  })

  test('that is refused is told as its one failed task, and its bytes are removed', async () => {
    const { jobId } = await world.submit('wrong.png', media['b.jpg'] ?? zip)
    expect(await planned(jobId)).toMatchObject({ task_count: 1, runnable_count: 0, total_credit_cost: 0 })
    const [told] = await world.facts(OUTCOMES.name, 'TaskPlanned', jobId)
    expect(told?.data).toMatchObject({ task_id: taskId(jobId, 0), refused_code: 'TYPE_MISMATCH' })
    expect(await world.keys(jobId)).toEqual(['plan.jsonl', 'submission.json'])
  })

  test('that vanished, became a link, lies behind one or is a pipe is refused without being read', async () => {
    const folder = await mkdtemp(join(world.folder, 'jobs', 'x-'))
    await symlink('/etc/passwd', join(folder, 'link.jpg'))
    await mkdir(join(folder, 'real'))
    await writeFile(join(folder, 'real', 'b.jpg'), media['b.jpg'] ?? '')
    await symlink(join(folder, 'real'), join(folder, 'behind'))
    await promisify(execFile)('mkfifo', [join(folder, 'pipe.jpg')])
    const cases = [
      [join(folder, 'none.jpg'), 'FILE_NOT_FOUND'],
      [join(folder, 'link.jpg'), 'PATH_OUTSIDE_ROOT'],
      [join(folder, 'behind', 'b.jpg'), 'PATH_OUTSIDE_ROOT'],
      [join(folder, 'pipe.jpg'), 'FILE_NOT_READABLE'],
      [join(folder, 'real'), 'FILE_NOT_READABLE'],
    ] as const
    for (const [path, code] of cases) {
      const { jobId } = await world.submitPath(path, 'picture')
      await planned(jobId)
      const [told] = await world.facts(OUTCOMES.name, 'TaskPlanned', jobId)
      expect(told?.data.refused_code, path).toBe(code)
    }
  })
})

describe('a job that nobody wants any more', () => {
  test('is removed to the last byte', async () => {
    const { jobId } = await world.submit('holiday.zip', zip)
    await planned(jobId)
    expect((await world.keys(jobId)).length).toBeGreaterThan(4)
    const kept = [submitTraceKey(jobId), synSeedKey(jobId)]
    await world.stores.store.commit({ puts: kept.map((key) => ({ key, value: '"kept"' })) })
    await world.decide(jobId, { state: 'deleted' }, 'JobDeleted')
    await until(async () => (await world.keys(jobId)).length === 0)
    await until(async () => (await world.stores.store.getMany(kept)).every((entry) => entry === undefined))
  })

  test('and was cancelled before it was opened is never planned', async () => {
    const { jobId, event } = await world.submit('early.zip', zip)
    await world.decide(jobId, { state: 'cancelled' }, 'JobCancelled')
    await world.publish(JOBS.name, event)
    const after = await world.submit('after.zip', zip)
    await planned(after.jobId)
    const entry = await world.stores.store.get(planEntryKey(jobId))
    // Either the cancellation came first and nothing is there, or the plan did.
    if (entry === undefined) await until(async () => (await world.keys(jobId)).length === 0)
    expect((await world.facts(OUTCOMES.name, 'JobExtracted', jobId)).length).toBe(entry === undefined ? 0 : 1)
  })

  test('stays removed when its submission is handed to us once more', async () => {
    const { jobId, event } = await world.submit('again.zip', zip)
    await planned(jobId)
    await world.decide(jobId, { state: 'deleted' }, 'JobDeleted')
    await until(async () => (await world.keys(jobId)).length === 0)
    await world.publish(JOBS.name, event)
    const after = await world.submit('after.zip', zip)
    await planned(after.jobId)
    expect(await world.keys(jobId)).toEqual([])
  })
})

test('facts that come twice change nothing: one plan, one packed archive, the same ids', async () => {
  const { jobId, event } = await world.submit('twice.zip', zip, { needsApproval: false })
  await planned(jobId)
  await world.publish(JOBS.name, event)
  await until(async () => (await tasks(jobId)).length >= 8)
  expect(new Set((await tasks(jobId)).map(({ event_id }) => event_id)).size).toBe(4)
  for (const index of [0, 1, 2, 4]) await world.settle(jobId, index, 'completed')
  await packed(jobId)
  for (const fact of await world.facts(OUTCOMES.name, 'TaskCompleted', jobId))
    await world.publish(OUTCOMES.name, fact)
  const after = await world.submit('after.zip', await zipOf({ 'b.jpg': media['b.jpg'] ?? Buffer.alloc(0) }), {
    needsApproval: false,
  })
  await planned(after.jobId)
  await world.settle(after.jobId, 0, 'completed')
  await packed(after.jobId)
  expect(await world.facts(OUTCOMES.name, 'JobPacked', jobId)).toHaveLength(1)
  expect(await world.facts(OUTCOMES.name, 'JobExtracted', jobId)).toHaveLength(1)
})

test('nothing stays in the work folder but what its children need', async () => {
  const names = await until(async () => {
    const found = await readdir(world.workFolder)
    return found.every((name) => name === 'inbox' || name.startsWith('probe-')) && found
  })
  expect(names).toContain('inbox')
  expect(await readdir(join(world.workFolder, 'inbox'))).toEqual([])
})
