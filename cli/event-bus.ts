// What every mode watches: the groups whose lag is measured, and how the stores are asked whether they answer.
import { EXTRACTOR_GROUPS } from '#extractor/extractor.ts'
import { PROJECTION_GROUP } from '#projection/projection.ts'
import { failureKind } from '#runtime/failure.ts'
import { NotReady, type ReadinessCheck } from '#runtime/service/operations-server.ts'
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

const ADVICE = 'docs/runbooks/store-down.md says what to do'
/** In words for /readyz. */
export const noAnswer = (service: string): string => `${service} does not answer; ${ADVICE}`

/** A failure of ours has words for outside; whatever else a client says may name addresses. */
const asked = (name: string, service: string, ask: () => Promise<unknown>): ReadinessCheck => ({
  name,
  check: async () => {
    try {
      await ask()
    } catch (cause) {
      const failure = failureKind(cause)
      const why = failure.kind === 'unclassified' ? noAnswer(service) : `${failure.detail} (${ADVICE})`
      throw new NotReady(`${name}: ${why}`, { cause })
    }
  },
})

export const dependencies = ({ store, views, objects, bus }: Shared['stores']): readonly ReadinessCheck[] => [
  asked('bus', 'Kafka', () => bus.lag(PROJECTION_GROUP, OUTCOMES.name)),
  asked('decisions', 'Redis', () => store.get(PROBE)),
  asked('views', 'Redis', () => views.read(PROBE)),
  asked('objects', 'the object store', () => objects.stat(PROBE)),
]
