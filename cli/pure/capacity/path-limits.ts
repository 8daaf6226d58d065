// What all nodes share: the parts of the way of a task that more nodes do not make faster, slowest first.
import { JOBS } from '#schemas/topics.ts'
import type { Figures } from './figures.ts'

export interface PathLimit {
  readonly what: string
  readonly tasksASecond: number
  /** What is to be changed to get further. */
  readonly remedy: string
}

/** `projections`: how many processes fold the facts; more than there are partitions do nothing. */
export function pathLimits(f: Figures, projections = 1): readonly PathLimit[] {
  const folding = Math.min(projections, JOBS.partitions)
  const limits: readonly PathLimit[] = [
    {
      what: `The projection (${folding} ${folding === 1 ? 'process' : 'processes'})`,
      tasksASecond: (folding * f.projection_facts) / f.facts_per_task,
      remedy: `more projections, up to the ${JOBS.partitions} partitions of the facts`,
    },
    {
      what: 'The outbox relay (one owner)',
      tasksASecond: f.relay_facts / f.facts_per_task,
      remedy: 'one outbox and one relay for each partition of the facts',
    },
    {
      what: 'Redis (one thread runs the functions)',
      tasksASecond: f.redis_calls / f.redis_calls_per_task,
      remedy: 'a Redis cluster with the keys of a job in one slot',
    },
  ]
  return limits.toSorted((a, b) => a.tasksASecond - b.tasksASecond)
}
