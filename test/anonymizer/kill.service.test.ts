// The anonymizer killed again and again in the middle of a job: every task ends once, every credit moves once.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { FILM_TASKS, PICTURE_TASKS } from '#schemas/topics.ts'
import { repository } from './fixtures/scripted-pool.ts'
import { type Job, openJob, openTaskBench } from './fixtures/task-bench.ts'

const KILLS = Number(process.env.SYNTONYM_TEST_KILLS ?? 12)
const SEED = Number(process.env.SYNTONYM_TEST_SEED ?? Date.now() % 1e6)
const COST = 3
const processFile = join(repository, 'test/anonymizer/fixtures/anonymizer-process.ts')

/** Park and Miller's minimal standard generator, so that a failure can be met again. */
function chance(seed: number): () => number {
  let state = (seed % 2147483646) + 1
  return () => {
    state = (state * 48271) % 2147483647
    return state / 2147483647
  }
}

async function startProcess(dataDir: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [processFile, dataDir], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  await Promise.race([once(child, 'message'), once(child, 'exit')])
  if (child.exitCode !== null) throw new Error(`the process left with ${child.exitCode}`)
  return child
}

async function makeJobs(dataDir: string): Promise<readonly Job[]> {
  await using bench = await openTaskBench({ dataDir })
  const pictures = ['work:5', 'work:120', 'refuse:MEDIA_UNREADABLE', 'work:40', 'crash', 'work:60']
  const scripts = Array.from({ length: KILLS * 5 }, (_, index) => pictures[index % pictures.length] ?? '')
  const jobs = [
    await bench.job(scripts, { cost: COST }),
    await bench.job(Array(Math.ceil(KILLS / 3)).fill('film:25'), { kind: 'film', cost: COST }),
    await bench.job(['work:1', 'work:1'], { cost: COST, decision: { state: 'cancelled' } }),
  ]
  for (const job of jobs)
    for (const event of job.events) {
      const topic = event.data.media_kind === 'film' ? FILM_TASKS.name : PICTURE_TASKS.name
      await bench.stores.bus.publish([await bench.codec.encode(topic, event.data.task_id, event)])
    }
  return jobs
}

test(`after ${KILLS} kills at random moments (seed ${SEED}) every task has ended once, and results and credits agree`, async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'syntonym-kill-'))
  const random = chance(SEED)
  try {
    const made = await makeJobs(dataDir)
    const total = made.reduce((sum, job) => sum + job.events.length, 0)
    for (let kill = 0; kill < KILLS; kill++) {
      const child = await startProcess(dataDir)
      await setTimeout(random() * 400)
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    const last = await startProcess(dataDir)
    await ended(dataDir, last, made, total)
    expect(await left(join(dataDir, 'work'))).toEqual([])
  } finally {
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 })
  }
}, 600_000)

/** Lets the last process run, stopped in good order now and then to look, until every task has ended. */
async function ended(
  dataDir: string,
  first: ChildProcess,
  made: readonly Job[],
  total: number,
): Promise<void> {
  let child = first
  for (let looks = 0; ; looks++) {
    await setTimeout(1500)
    child.kill('SIGTERM')
    await once(child, 'exit')
    if (await looked(dataDir, made, total)) return
    if (looks > 100) throw new Error('the tasks do not end')
    child = await startProcess(dataDir)
  }
}

async function looked(dataDir: string, made: readonly Job[], total: number): Promise<boolean> {
  await using bench = await openTaskBench({ dataDir })
  const { stores, codec } = bench
  const ends: { task: string; type: string; attempt: number }[] = []
  const objects: string[] = []
  const jobs = made.map(({ id, events, event }) => {
    const base = {
      account_id: '',
      state: 'open',
      needs_approval: true,
      approved: true,
      metered: true,
    } as const
    const rest = {
      held_credits: 0,
      input_file: '',
      input_kind: 'archive',
      model: 'blur',
      created_at_ms: 0,
    } as const
    return openJob(stores, codec, { id, events, event, base: { ...base, ...rest } })
  })
  for (const job of jobs) {
    for (const fact of await job.facts())
      if (fact.type === 'TaskCompleted' || fact.type === 'TaskFailed' || fact.type === 'TaskCancelled')
        ends.push({ task: fact.data.task_id, type: fact.type, attempt: fact.data.attempt })
    objects.push(...(await job.objects()).filter((key) => key.includes('/output/')))
  }
  // The relay may bring a fact twice where it was killed between publishing and removing: the same fact, the same id.
  const byTask = new Map<string, Set<string>>()
  for (const { task, type, attempt } of ends)
    byTask.set(task, (byTask.get(task) ?? new Set()).add(`${type} ${attempt}`))
  if (byTask.size < total) return false
  expect([...byTask.values()].filter((facts) => facts.size !== 1)).toEqual([])

  const completed = new Set(ends.filter(({ type }) => type === 'TaskCompleted').map(({ task }) => task))
  const credits = await Promise.all(jobs.map((job) => job.credits()))
  expect(credits.map(({ settled }) => settled)).toEqual(jobs.map((job) => job.events.length))
  expect(credits[0]).toMatchObject({
    held: 0,
    spent: completed.size * COST,
    available: (total - completed.size) * COST,
  })
  const wanted = ends
    .filter(({ type }) => type === 'TaskCompleted')
    .flatMap(({ task, attempt }) => [`${task}/${attempt}/result`, `${task}/${attempt}/detections.json`])
  expect(objects.map((key) => key.split('/output/')[1]).sort()).toEqual([...new Set(wanted)].sort())
  const scripts = Math.ceil((KILLS * 5) / 6)
  expect(completed.size).toBeGreaterThan(scripts)
  return true
}

async function left(work: string): Promise<readonly string[]> {
  const found = await Promise.all(
    ['pictures', 'films'].flatMap((kind) =>
      ['tasks', 'slots/0'].map((folder) => readdir(join(work, kind, folder)).catch(() => [])),
    ),
  )
  return found.flat()
}
