import fc from 'fast-check'
import { expect, test } from 'vitest'
import { viewWrites } from '#projection/pure/fold.ts'
import { EVENT_TYPES, type Event } from '#schemas/events/event-types.ts'
import { taskId } from '#schemas/ids.ts'
import { taskStatus } from '#schemas/job-state.ts'
import { taskProgress } from '#schemas/views.ts'
import { ACCOUNT, disturbed, factOf, jobHistory, submittedFact } from './histories.ts'
import { modelOf, plain } from './view-model.ts'

const viewsOf = (events: readonly Event[]) => plain(modelOf(events.flatMap(viewWrites)))
const JOB = 'job-1'
const TASK = taskId(JOB, 0)

test('any order and any repetition of facts gives the same views', () => {
  fc.assert(
    fc.property(
      jobHistory(JOB).chain((events) => fc.tuple(fc.constant(events), disturbed(events))),
      ([events, mixed]) => {
        expect(viewsOf(mixed)).toEqual(viewsOf(events))
      },
    ),
    { numRuns: 500 },
  )
})

test('the facts of one job touch no document of another', () => {
  fc.assert(
    fc.property(jobHistory('a'), jobHistory('b'), (a, b) => {
      const [alone, other, both] = [viewsOf(a), viewsOf(b), viewsOf([...b, ...a])]
      expect(both.docs).toEqual({ ...alone.docs, ...other.docs })
    }),
    { numRuns: 50 },
  )
})

test('a picture has its task as soon as it is submitted, an archive only when it was listed', () => {
  const picture = viewsOf([submittedFact(JOB, 'picture')])
  expect(picture.docs[`task:${TASK}`]).toMatchObject({
    job_id: JOB,
    submitted_name: `${JOB}.bin`,
    task_index: '0',
  })
  expect(picture.sets[`job:${JOB}:tasks`]).toEqual({ [TASK]: 0 })
  expect(Object.keys(viewsOf([submittedFact(JOB, 'archive')]).docs)).toEqual([`job:${JOB}`])
})

test('a job is listed under its account at its submission time', () => {
  const event = submittedFact(JOB, 'film', 5)
  expect(viewsOf([event]).sets[`account:${ACCOUNT}:jobs`]).toEqual({ [JOB]: event.occurred_at_ms })
})

test('progress of a later attempt replaces that of an earlier one, however far that was', () => {
  const told = (attempt: number, progress: number, second: number) =>
    factOf('TaskProgressed', JOB, second, {
      task_id: TASK,
      attempt,
      progress,
      frames_per_second: null,
      eta_seconds: 4,
    })
  const events = [told(1, 1, 10), told(2, 0, 20), told(2, 0.25, 30)]
  fc.assert(
    fc.property(disturbed(events), (mixed) => {
      expect(taskProgress(viewsOf(mixed).docs[`task:${TASK}`] ?? {})).toMatchObject({
        attempt: 2,
        progress: 0.25,
      })
    }),
  )
})

test('progress of an attempt that was replaced by a newer start is not shown', () => {
  const events = [
    factOf('TaskProgressed', JOB, 10, {
      task_id: TASK,
      attempt: 1,
      progress: 0.9,
      frames_per_second: 3,
      eta_seconds: 1,
    }),
    factOf('TaskStarted', JOB, 20, { task_id: TASK, attempt: 2 }),
  ]
  expect(taskProgress(viewsOf(events).docs[`task:${TASK}`] ?? {})).toBeUndefined()
})

test('what is shown of a task never goes back, whoever takes it over and wherever that one begins', () => {
  const attempt = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 })
  fc.assert(
    fc.property(fc.array(attempt, { minLength: 1, maxLength: 4 }), (attempts) => {
      const facts = attempts.flatMap((told, before) => {
        const of = { task_id: TASK, attempt: before + 1 }
        const still = { frames_per_second: null, eta_seconds: null }
        return [
          factOf('TaskStarted', JOB, 10 * before, of),
          ...told.map((progress, i) =>
            factOf('TaskProgressed', JOB, 10 * before + i, { ...of, ...still, progress }),
          ),
        ]
      })
      const seen = facts.map((_, i) => {
        const task = viewsOf(facts.slice(0, i + 1)).docs[`task:${TASK}`] ?? {}
        return taskStatus({}, task).progress
      })
      expect(seen).toEqual(seen.toSorted((a, b) => a - b))
      expect(seen.at(-1)).toBe(Math.max(0, ...attempts.flat()))
    }),
  )
})

test('the job began with its first start, the task with its last', () => {
  const events = [3, 1, 2].map((attempt) =>
    factOf('TaskStarted', JOB, attempt * 10, { task_id: TASK, attempt }),
  )
  const { docs } = viewsOf(events)
  const at = (second: number) => String(events[0] && events[0].occurred_at_ms + (second - 30) * 1000)
  expect(docs[`job:${JOB}`]?.started_at_ms).toBe(at(10))
  expect(docs[`task:${TASK}`]?.started_at_ms).toBe(at(30))
})

test('a refused member has failed as soon as it is planned, another one has not', () => {
  const plan = (refused_code: string | null) =>
    factOf('TaskPlanned', JOB, 1, {
      task_id: TASK,
      task_index: 0,
      file_name: 'f',
      media_kind: null,
      bytes: 1,
      width: null,
      height: null,
      frames: null,
      duration_seconds: null,
      credit_cost: 0,
      refused_code,
      refused_detail: null,
    })
  expect(viewsOf([plan('ARCHIVE_NESTED')]).sets[`job:${JOB}:failed`]).toEqual({ [TASK]: 0 })
  expect(viewsOf([plan(null)]).sets).not.toHaveProperty(`job:${JOB}:failed`)
})

test('what a fact does not know is absent, not empty', () => {
  const { docs } = viewsOf([submittedFact(JOB, 'film')])
  expect(docs[`job:${JOB}`]).not.toHaveProperty('user_tag')
})

test('an event type of a later version changes nothing', () => {
  const later = { ...submittedFact(JOB, 'film'), type: 'JobFramed' } as unknown as Event
  expect(viewWrites(later)).toEqual([])
})

test('every event type that belongs to a job and is a fact leaves a trace', () => {
  const traced = new Set<string>()
  fc.assert(
    fc.property(jobHistory(JOB), (events) => {
      for (const event of events)
        if (viewWrites(event).length > 1 || event.type === 'JobDeleted') traced.add(event.type)
    }),
    { numRuns: 300 },
  )
  const noFacts = ['TaskReady', 'FilmPartReady', 'CreditsGranted']
  expect([...traced].toSorted()).toEqual(EVENT_TYPES.filter((type) => !noFacts.includes(type)).toSorted())
})
