// Shows how many jobs and tasks are in which state, as they were counted last.
import { Gauge, type Registry } from 'prom-client'
import type { Clock } from '#runtime/clock.ts'
import { HIDE_MODELS } from '#schemas/model-config.ts'
import type { JobCensus } from './count-jobs.ts'

/** Call it once for a registry, then with each count; undefined, where nothing is known, leaves the series out. */
export function jobMetrics(registry: Registry, clock: Clock): (census: JobCensus | undefined) => void {
  const gauge = (name: string, help: string) =>
    new Gauge({ name, help, labelNames: ['state', 'model'], registers: [registry] })
  const jobs = gauge('syntonym_jobs', 'Jobs that are kept, by state, counted every few seconds.')
  const tasks = gauge(
    'syntonym_tasks',
    'Tasks of jobs that are not over, by state, counted every few seconds; those that ended are in syntonym_tasks_total.',
  )
  const oldest = new Gauge({
    name: 'syntonym_queue_oldest_seconds',
    help: 'How long the job that waits longest was approved without anybody having begun, counted every few seconds; 0 where none waits.',
    labelNames: ['model'],
    registers: [registry],
  })
  return (census) => {
    for (const gauge of [jobs, tasks, oldest]) gauge.reset()
    for (const model of HIDE_MODELS) {
      const since = census?.queuedSinceMs[model]
      if (since !== undefined)
        oldest.set({ model }, since === null ? 0 : Math.max(0, clock.now() - since) / 1000)
      for (const [state, count] of Object.entries(census?.jobs[model] ?? {}))
        jobs.set({ state, model }, count)
      for (const [state, count] of Object.entries(census?.tasks[model] ?? {}))
        tasks.set({ state, model }, count)
    }
  }
}
