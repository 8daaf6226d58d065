// Brings the facts and the work items of a job's tasks to the bus.
import type { EventOf } from '#schemas/events/event-types.ts'
import type { PlannedTask } from '#schemas/plan.ts'
import { FILM_TASKS, OUTCOMES, PICTURE_TASKS } from '#schemas/topics.ts'
import { type Chosen, type JobOrigin, taskPlanned, taskReady } from '../pure/job-facts.ts'
import { type ExtractorPorts, PUBLISHED_AT_ONCE } from './extractor-ports.ts'
import { inGroups } from './plan-object.ts'

type PublishPorts = Pick<ExtractorPorts, 'bus' | 'encode'>

/** One TaskPlanned for each file. Publishing again makes the same facts. */
export async function publishPlanned(
  ports: PublishPorts,
  origin: JobOrigin,
  tasks: AsyncIterable<PlannedTask>,
): Promise<void> {
  for await (const group of inGroups(tasks, PUBLISHED_AT_ONCE)) {
    const facts = group.map((task) => ports.encode(OUTCOMES.name, origin.jobId, taskPlanned(origin, task)))
    await ports.bus.publish(await Promise.all(facts))
  }
}

/** One TaskReady for each task that can run; a second one is recognised by the task's settled entry. */
export async function publishReady(
  ports: PublishPorts,
  origin: JobOrigin,
  chosen: Chosen,
  tasks: AsyncIterable<PlannedTask>,
): Promise<void> {
  const topicOf = (ready: EventOf<'TaskReady'>): string =>
    ready.data.media_kind === 'film' ? FILM_TASKS.name : PICTURE_TASKS.name
  for await (const group of inGroups(tasks, PUBLISHED_AT_ONCE)) {
    const ready = group.flatMap((task) => taskReady(origin, task, chosen) ?? [])
    const items = ready.map((item) => ports.encode(topicOf(item), item.data.task_id, item))
    await ports.bus.publish(await Promise.all(items))
  }
}
