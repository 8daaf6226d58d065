// Counts tasks and what was done in them, for Prometheus; every label comes from a closed set.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { FAILURE_CODES } from '#schemas/failure-codes.ts'
import { HIDE_MODELS, type HideModel } from '#schemas/model-config.ts'
import type { Settled } from '#schemas/state-keys.ts'
import {
  closed,
  KINDS,
  type MediaKind,
  type NewCounter,
  type Rendered,
  resultMetrics,
  type WorkingWith,
} from './result-metrics.ts'
import type { RenderReport } from './worker/protocol.ts'
import type { DeathCause } from './worker/worker-death.ts'
import type { ReplaceReason } from './worker/worker-slot.ts'

export interface Ended {
  readonly kind: MediaKind
  readonly model: HideModel
  readonly outcome: Settled
  /** Of a failed task. */
  readonly code?: string | undefined
  readonly seconds: number
  readonly credits: number
}

export interface TaskMetrics {
  /** A task was begun for the first time that had waited so long since it was handed out. */
  waited(kind: MediaKind, seconds: number): void
  rendered(what: Rendered): void
  /** A part of a film that several workers share was made here. */
  partMade(report: RenderReport): void
  settled(what: Ended): void
  workerDied(kind: MediaKind, cause: DeathCause): void
  workerReplaced(kind: MediaKind, reason: ReplaceReason): void
  /** No worker can be started: a model is missing or changed, or the GPU that was asked for is not there. */
  workerUnfit(kind: MediaKind, code: string): void
  /** So many media workers have a task in hand now. */
  running(kind: MediaKind, tasks: number): void
  /** A task was handed to us again after a start that came to no end. */
  restarted(kind: MediaKind): void
  progressDropped(kind: MediaKind): void
}

const SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200, 28800]
const WAIT_SECONDS = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 14_400, 86_400]
/** Every series that an alert or a panel asks for exists from the start: an increase from nothing is not seen. */
const CAUSES: readonly DeathCause[] = ['exit', 'signal', 'garbage', 'silence', 'memory']
const REASONS: readonly ReplaceReason[] = ['death', 'abort', 'tasks', 'growth', 'mistake']
const TASK_CODES = Object.keys(FAILURE_CODES).filter((code) => !/^(ARCHIVE|FILE|PATH)_/.test(code))
const OUTCOMES = ['completed', 'failed', 'cancelled'] as const

/** Registers the metrics once with `registry`. */
export function taskMetrics(registry: Registry, working: WorkingWith): TaskMetrics {
  const counter: NewCounter = (name, help, ...labelNames) =>
    new Counter({ name, help, labelNames, registers: [registry] })
  sayWorkingWith(registry, working)
  const { durations, waits } = taskTimes(registry)
  const tasks = counter('syntonym_tasks_total', 'Tasks that came to their end.', 'kind', 'model', 'outcome')
  const failures = counter('syntonym_task_failures_total', 'Failed tasks by failure code.', 'kind', 'code')
  const credits = counter(
    'syntonym_credits_settled_total',
    'Held credits that came to their end: captured by a result, or released.',
    'outcome',
  )
  for (const outcome of ['captured', 'released']) credits.inc({ outcome }, 0)
  for (const kind of KINDS) {
    waits.zero({ kind })
    for (const outcome of OUTCOMES) durations.zero({ kind, outcome })
    for (const model of HIDE_MODELS) for (const outcome of OUTCOMES) tasks.inc({ kind, model, outcome }, 0)
    for (const code of TASK_CODES) failures.inc({ kind, code }, 0)
  }
  const codeOf = closed(Object.keys(FAILURE_CODES))
  return {
    ...workerMetrics(counter, codeOf),
    running: runningTasks(registry),
    ...resultMetrics(counter, working),
    waited: (kind, seconds) => waits.observe({ kind }, Math.max(0, seconds)),
    settled: ({ kind, model, outcome, code, seconds, credits: amount }) => {
      tasks.inc({ kind, model, outcome })
      durations.observe({ kind, outcome }, seconds)
      if (code !== undefined) failures.inc({ kind, code: codeOf(code) })
      credits.inc({ outcome: outcome === 'completed' ? 'captured' : 'released' }, amount)
    },
  }
}

/** Tasks that wait are the lag of their topic less those that run. */
function runningTasks(registry: Registry): TaskMetrics['running'] {
  const gauge = new Gauge({
    name: 'syntonym_tasks_running',
    help: 'Tasks that a media worker works on now; those that wait are the lag of their topic less these.',
    labelNames: ['kind'],
    registers: [registry],
  })
  for (const kind of KINDS) gauge.set({ kind }, 0)
  return (kind, tasks) => gauge.set({ kind }, tasks)
}

function taskTimes(registry: Registry) {
  const registers = [registry]
  return {
    durations: new Histogram({
      name: 'syntonym_task_seconds',
      help: 'From taking a task to its end.',
      labelNames: ['kind', 'outcome'],
      buckets: SECONDS,
      registers,
    }),
    waits: new Histogram({
      name: 'syntonym_task_queue_seconds',
      help: 'From handing a task out to its first start.',
      labelNames: ['kind'],
      buckets: WAIT_SECONDS,
      registers,
    }),
  }
}

function workerMetrics(
  counter: NewCounter,
  codeOf: (code: string) => string,
): Pick<TaskMetrics, 'workerDied' | 'workerReplaced' | 'workerUnfit' | 'restarted' | 'progressDropped'> {
  const deaths = counter(
    'syntonym_worker_deaths_total',
    'Media workers that died of a task.',
    'kind',
    'cause',
  )
  const replaced = counter('syntonym_workers_replaced_total', 'Replaced media workers.', 'kind', 'reason')
  const unfit = counter(
    'syntonym_worker_unfit_total',
    'Starts of a media worker that cannot work: model missing or changed, GPU not there.',
    'kind',
    'code',
  )
  const restarts = counter(
    'syntonym_task_restarts_total',
    'Tasks taken over after a start without an end.',
    'kind',
  )
  const dropped = counter(
    'syntonym_progress_dropped_total',
    'Progress facts that the bus did not take.',
    'kind',
  )
  for (const kind of KINDS) {
    for (const cause of CAUSES) deaths.inc({ kind, cause }, 0)
    for (const reason of REASONS) replaced.inc({ kind, reason }, 0)
    restarts.inc({ kind }, 0)
    dropped.inc({ kind }, 0)
    unfit.inc({ kind, code: 'MODEL_NOT_AVAILABLE' }, 0)
  }
  return {
    workerDied: (kind, cause) => deaths.inc({ kind, cause }),
    workerReplaced: (kind, reason) => replaced.inc({ kind, reason }),
    workerUnfit: (kind, code) => unfit.inc({ kind, code: codeOf(code) }),
    restarted: (kind) => restarts.inc({ kind }),
    progressDropped: (kind) => dropped.inc({ kind }),
  }
}

function sayWorkingWith(registry: Registry, { executionProvider, models }: WorkingWith): void {
  const registers = [registry]
  new Gauge({
    name: 'syntonym_execution_provider_info',
    help: 'Always 1; the label says what the models are to run on. A worker that gets another one refuses to start.',
    labelNames: ['provider'],
    registers,
  }).set({ provider: executionProvider }, 1)
  const info = new Gauge({
    name: 'syntonym_model_info',
    help: 'Always 1; a model of the manifest with the beginning of its sha256.',
    labelNames: ['model', 'role', 'sha256'],
    registers,
  })
  for (const { id, role, prepared_sha256 } of models)
    info.set({ model: id, role, sha256: prepared_sha256.slice(0, 12) }, 1)
}
