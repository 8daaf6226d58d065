// What every mode watches: the groups whose lag is measured, and how the stores are asked whether they answer.
import { EXTRACTOR_GROUPS } from '#extractor/extractor.ts'
import { PROJECTION_GROUP } from '#projection/projection.ts'
import type { ReadinessCheck } from '#runtime/service/operations-server.ts'
import { FILM_TASKS, JOBS, OUTCOMES, PICTURE_TASKS } from '#schemas/topics.ts'
import type { Shared } from './rooms.ts'

export const WATCHED_GROUPS = [
  { group: PROJECTION_GROUP, topic: JOBS.name },
  { group: PROJECTION_GROUP, topic: OUTCOMES.name },
  { group: 'syntonym.anonymizer.pictures', topic: PICTURE_TASKS.name },
  { group: 'syntonym.anonymizer.films', topic: FILM_TASKS.name },
  ...EXTRACTOR_GROUPS,
]

/** Nothing lies under this name: the question is whether the store answers. */
const PROBE = 'health/probe'

export const dependencies = ({ store, views, objects, bus }: Shared['stores']): readonly ReadinessCheck[] => [
  { name: 'bus', check: async () => void (await bus.lag(PROJECTION_GROUP, OUTCOMES.name)) },
  { name: 'decisions', check: async () => void (await store.get(PROBE)) },
  { name: 'views', check: async () => void (await views.read(PROBE)) },
  { name: 'objects', check: async () => void (await objects.stat(PROBE)) },
]
