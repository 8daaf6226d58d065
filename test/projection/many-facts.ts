// A long log of facts in their usual mixture, for measurements.
import type { Event } from '#schemas/events/event-types.ts'
import { taskId } from '#schemas/ids.ts'
import { factOf, submittedFact } from './histories.ts'

const TASKS = 33

/** Jobs of 33 tasks: started, progressed, ended each. */
export function* manyFacts(count: number): Iterable<Event> {
  for (let job = 0, left = count; left > 0; job += 1) {
    const jobId = `job-${job}`
    yield submittedFact(jobId, 'archive')
    left -= 1
    for (let t = 0; t < TASKS && left >= 3; t += 1, left -= 3) {
      const task_id = taskId(jobId, t)
      const told = { progress: 0.5, frames_per_second: 30, eta_seconds: 4 }
      yield factOf('TaskStarted', jobId, t, { task_id, attempt: 1 })
      yield factOf('TaskProgressed', jobId, t, { task_id, attempt: 1, ...told })
      yield factOf('TaskFailed', jobId, t, {
        task_id,
        attempt: 1,
        code: 'MEDIA_UNREADABLE',
        detail: 'x',
        credit_cost: 1,
      })
    }
  }
}
