// Killed with SIGKILL at any point and started again, the extractor loses nothing and does nothing twice.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packResults } from '#extractor/pack/pack-results.ts'
import type { Bus } from '#runtime/bus/bus.ts'
import { taskId } from '#schemas/ids.ts'
import { planEntryKey } from '#schemas/state-keys.ts'
import { OUTCOMES, PICTURE_TASKS } from '#schemas/topics.ts'
import { temporaryFolder } from '../conformance/local-adapters.ts'
import { openExtractorWorld, until } from './extractor-world.ts'
import { jpeg } from './made-media.ts'
import { memoryEntries } from './memory-entries.ts'

const MEMBERS = 12
const KILLS = 8

async function startProcess(folder: string): Promise<ChildProcess> {
  const file = join(import.meta.dirname, 'extractor-process.ts')
  const child = spawn(process.execPath, [file, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout ?? child, 'data')
  return child
}

async function killed(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

test('a job whose extractor is killed again and again is planned once, whole, and packed once', async () => {
  await using folder = await temporaryFolder()
  const names = Array.from({ length: MEMBERS }, (_, i) => `${i}.jpg`)
  let jobId = ''
  {
    await using world = await openExtractorWorld(folder.path)
    const entries = memoryEntries(
      Object.fromEntries(
        await Promise.all(
          names.map(
            async (name) =>
              [name, await jpeg({ width: 800, height: 600 }, name === '0.jpg' ? 'red' : 'teal')] as const,
          ),
        ),
      ),
    )
    const outputPath = join(folder.path, 'source.zip')
    await packResults({
      format: 'zip',
      entries,
      outputPath,
      mtime: new Date(0),
      signal: AbortSignal.timeout(20_000),
    })
    ;({ jobId } = await world.submitPath(outputPath, 'archive', false))
  }
  for (let i = 0; i < KILLS; i++) {
    const child = await startProcess(folder.path)
    await new Promise((resolve) => setTimeout(resolve, (i * 150) % 900))
    await killed(child)
  }
  // What a kill left behind holds originals: the next start removes it.
  const left = join(folder.path, 'work', 'inbox', 'source-left')
  await mkdir(left, { recursive: true })
  await writeFile(join(left, 'source'), 'an original')

  await using world = await openExtractorWorld(folder.path)
  await world.start()
  expect(await readdir(join(world.workFolder, 'inbox'))).not.toContain('source-left')
  await until(async () => (await world.stores.store.get(planEntryKey(jobId))) !== undefined)
  const ready = await until(async () => {
    const all = await world.facts(PICTURE_TASKS.name, 'TaskReady', jobId)
    return new Set(all.map(({ event_id }) => event_id)).size >= MEMBERS && all
  })
  expect(new Set(ready.map(({ event_id }) => event_id)).size).toBe(MEMBERS)
  const planned = await world.facts(OUTCOMES.name, 'TaskPlanned', jobId)
  expect(new Set(planned.map(({ event_id }) => event_id)).size).toBe(MEMBERS)
  const told = new Map(planned.map(({ event_id, data }) => [event_id, data]))
  for (const { event_id, data } of planned) expect(data).toEqual(told.get(event_id))
  // A kill between publishing and forgetting brings a fact twice, under one id.
  const distinct = async (type: 'JobExtracted' | 'JobPacked'): Promise<number> =>
    new Set((await world.facts(OUTCOMES.name, type, jobId)).map(({ event_id }) => event_id)).size
  await until(async () => (await distinct('JobExtracted')) === 1)
  const inputs = (await world.keys(jobId)).filter((key) => key.startsWith('input/'))
  expect(inputs).toEqual(names.map((_, i) => `input/${taskId(jobId, i)}`).sort())

  for (const [i] of names.entries()) await world.settle(jobId, i, 'completed')
  await until(async () => (await distinct('JobPacked')) === 1)
}, 60_000)

test('two extractors that get the same job make one plan', async () => {
  await using folder = await temporaryFolder()
  await using world = await openExtractorWorld(folder.path)
  const path = join(folder.path, 'picture.jpg')
  await writeFile(path, await jpeg({ width: 64, height: 48 }))
  const { jobId } = await world.submitPath(path, 'picture')
  const { bus } = world.stores
  const inGroup = (prefix: string): Bus => ({
    ensureTopics: (topics) => bus.ensureTopics(topics),
    publish: (messages) => bus.publish(messages),
    join: (options) => bus.join({ ...options, group: `${prefix}.${options.group}` }),
    lag: (group, topic) => bus.lag(group, topic),
    readAll: (topic) => bus.readAll(topic),
    [Symbol.asyncDispose]: async () => {},
  })
  for (const name of ['one', 'two']) {
    const workFolder = join(folder.path, `work-${name}`)
    await mkdir(workFolder)
    await world.start({ bus: inGroup(name), workFolder })
  }
  await until(async () => (await world.stores.store.get(planEntryKey(jobId))) !== undefined)
  await new Promise((resolve) => setTimeout(resolve, 500))
  expect(await world.facts(OUTCOMES.name, 'JobExtracted', jobId)).toHaveLength(1)
}, 30_000)
