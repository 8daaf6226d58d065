// Shows how many jobs and tasks are in which state, as they were counted last.
import { Gauge, type Registry } from 'prom-client'
import { HIDE_MODELS } from '#schemas/model-config.ts'
import type { JobCensus } from './count-jobs.ts'

/** Call it once for a registry, then with each count; undefined, where nothing is known, leaves the series out. */
export function jobMetrics(registry: Registry): (census: JobCensus | undefined) => void {
  const gauge = (name: string, help: string) =>
    new Gauge({ name, help, labelNames: ['state', 'model'], registers: [registry] })
  const jobs = gauge('syntonym_jobs', 'Jobs that are kept, by state, counted every few seconds.')
  const tasks = gauge(
    'syntonym_tasks',
    'Tasks of jobs that are not over, by state, counted every few seconds; those that ended are in syntonym_tasks_total.',
  )
  return (census) => {
    jobs.reset()
    tasks.reset()
    for (const model of HIDE_MODELS) {
      for (const [state, count] of Object.entries(census?.jobs[model] ?? {}))
        jobs.set({ state, model }, count)
      for (const [state, count] of Object.entries(census?.tasks[model] ?? {}))
        tasks.set({ state, model }, count)
    }
  }
}
