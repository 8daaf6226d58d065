// Random stories of a shared film on real stores: workers killed, stopped and started, records repeated, jobs called off; one end each.
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { seededRandom } from '#test/chaos/seeded-random.ts'
import {
  ended,
  type FilmWorker,
  filmOnBus,
  filmWorker,
  lagOf,
  leftOfParts,
  publishFilm,
  publishPart,
  resultOf,
  until,
} from './fixtures/film-workers.ts'
import { type Job, openTaskBench, type TaskBench } from './fixtures/task-bench.ts'

const STORIES = Number(process.env.FILM_STORIES ?? 12)
const WORKERS = 3
const STEPS = 8

const SCRIPTS = ['parts:6 60', 'parts:6 60', 'parts:6 60', 'parts:5 60 refuse 3', 'parts:5 60 crash 1']
const ENDS: Readonly<Record<string, readonly string[]>> = {
  'parts:6 60': ['<0><1><2><3><4><5>', ''],
  'parts:5 60 refuse 3': ['MEDIA_UNREADABLE', ''],
  'parts:5 60 crash 1': ['WORKER_DIED', ''],
}

type Random = ReturnType<typeof seededRandom>

async function happen(bench: TaskBench, job: Job, workers: FilmWorker[], random: Random): Promise<string> {
  const what = random.pick([
    'kill',
    'kill',
    'stop',
    'start',
    'repeat film',
    'repeat part',
    'pass',
    'call off',
  ])
  const victim = workers[random.between(0, workers.length - 1)]
  if (what === 'kill' || what === 'stop') {
    if (victim) workers.splice(workers.indexOf(victim), 1)
    await (what === 'kill' ? victim?.die() : victim?.stop())
  } else if (what === 'start' && workers.length < WORKERS) workers.push(await filmWorker(bench))
  else if (what === 'repeat film') await publishFilm(bench, job)
  else if (what === 'repeat part') await publishPart(bench, job, random.between(0, 4), 5)
  else if (what === 'call off' && random.between(0, 2) === 0)
    await job.decide(random.pick(['cancelled', 'deleted']))
  await setTimeout(random.between(0, 200))
  return what
}

test(`a shared film ends once, with nothing left of its parts, in each of ${STORIES} random stories`, {
  timeout: 60_000 + STORIES * 30_000,
}, async () => {
  for (let seed = 1; seed <= STORIES; seed++) {
    const random = seededRandom(seed)
    await using bench = await openTaskBench()
    const workers: FilmWorker[] = []
    for (let i = 0; i < random.between(1, WORKERS); i++) workers.push(await filmWorker(bench))
    const script = random.pick(SCRIPTS)
    const job = await filmOnBus(bench, script)
    const story = [script]
    for (let step = 0; step < STEPS; step++) story.push(await happen(bench, job, workers, random))
    workers.push(await filmWorker(bench))
    const told = `seed ${seed}: ${story.join(', ')}`
    await ended(job)
    await until(async () => (await lagOf(bench)) === 0n)
    expect([told, (await job.endings()).length]).toEqual([told, 1])
    expect([told, ENDS[script]]).toEqual([told, expect.arrayContaining([await resultOf(bench, job)])])
    expect([told, await leftOfParts(bench, job)]).toEqual([told, []])
    expect([told, (await job.credits()).settled]).toEqual([told, 1])
    for (const worker of workers) await worker.stop()
  }
})
