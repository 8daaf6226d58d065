// Names every topic, the key its records carry, and the event types it may hold.
import type { EventType } from './events/event-types.ts'

export interface Topic {
  readonly name: string
  /** What the record key is: records of one key keep their order. */
  readonly key: 'job_id' | 'task_id' | 'account_id' | 'origin'
  readonly partitions: number
  readonly retention: 'forever' | { readonly days: number }
  readonly events: readonly EventType[]
}

const topic = <const N extends string>(name: N, rest: Omit<Topic, 'name'>): Topic & { readonly name: N } => ({
  name,
  ...rest,
})

export const JOBS = topic('syntonym.jobs.v1', {
  key: 'job_id',
  partitions: 12,
  retention: 'forever',
  events: ['JobSubmitted', 'JobApproved', 'JobCancelled', 'TaskCancelRequested', 'JobDeleted'],
})

export const OUTCOMES = topic('syntonym.outcomes.v1', {
  key: 'job_id',
  partitions: 12,
  retention: 'forever',
  events: [
    'JobExtracted',
    'JobRefused',
    'TaskPlanned',
    'TaskStarted',
    'TaskProgressed',
    'TaskCompleted',
    'TaskFailed',
    'TaskCancelled',
    'JobPacked',
  ],
})

/** Pictures and films have topics of their own: a picture never waits behind a film. */
export const PICTURE_TASKS = topic('syntonym.picture-tasks.v1', {
  key: 'task_id',
  partitions: 64,
  retention: { days: 30 },
  events: ['TaskReady'],
})

export const FILM_TASKS = topic('syntonym.film-tasks.v1', {
  key: 'task_id',
  partitions: 64,
  retention: { days: 30 },
  events: ['TaskReady', 'FilmPartReady'],
})

export const CREDITS = topic('syntonym.credits.v1', {
  key: 'account_id',
  partitions: 1,
  retention: 'forever',
  events: ['CreditsGranted'],
})

/** Records that cannot be handled, with where they came from and why; the value is the original’s, untouched. */
export const DEAD_LETTERS = topic('syntonym.dead-letters.v1', {
  key: 'origin',
  partitions: 1,
  retention: 'forever',
  events: [],
})

export const TOPICS: readonly Topic[] = [JOBS, OUTCOMES, PICTURE_TASKS, FILM_TASKS, CREDITS, DEAD_LETTERS]
