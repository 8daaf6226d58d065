// Counts tasks and the workers that did them, for Prometheus.
import { Counter, Histogram, type Registry } from 'prom-client'
import type { Settled } from '#schemas/state-keys.ts'
import type { DeathCause } from './worker/worker-death.ts'
import type { ReplaceReason } from './worker/worker-slot.ts'

export type MediaKind = 'picture' | 'film'

export interface TaskMetrics {
  settled(kind: MediaKind, outcome: Settled, seconds: number): void
  workerDied(kind: MediaKind, cause: DeathCause): void
  workerReplaced(kind: MediaKind, reason: ReplaceReason): void
  /** A task was handed to us again after a start that came to no end. */
  restarted(kind: MediaKind): void
  progressDropped(kind: MediaKind): void
}

const SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200, 28800]

/** Registers the metrics once with `registry`. */
export function taskMetrics(registry: Registry): TaskMetrics {
  const registers = [registry]
  const tasks = new Counter({
    name: 'syntonym_tasks_total',
    help: 'Tasks that came to their end.',
    labelNames: ['kind', 'outcome'],
    registers,
  })
  const seconds = new Histogram({
    name: 'syntonym_task_seconds',
    help: 'From taking a task to its end.',
    labelNames: ['kind', 'outcome'],
    buckets: SECONDS,
    registers,
  })
  const counter = (name: string, help: string, ...labelNames: string[]): Counter =>
    new Counter({ name, help, labelNames: ['kind', ...labelNames], registers })
  const deaths = counter('syntonym_worker_deaths_total', 'Media workers that died of a task.', 'cause')
  const replaced = counter('syntonym_workers_replaced_total', 'Media workers that were replaced.', 'reason')
  const restarts = counter('syntonym_task_restarts_total', 'Tasks taken again after a start without an end.')
  const dropped = counter('syntonym_progress_dropped_total', 'Progress facts that the bus did not take.')
  return {
    settled: (kind, outcome, took) => {
      tasks.inc({ kind, outcome })
      seconds.observe({ kind, outcome }, took)
    },
    workerDied: (kind, cause) => deaths.inc({ kind, cause }),
    workerReplaced: (kind, reason) => replaced.inc({ kind, reason }),
    restarted: (kind) => restarts.inc({ kind }),
    progressDropped: (kind) => dropped.inc({ kind }),
  }
}
