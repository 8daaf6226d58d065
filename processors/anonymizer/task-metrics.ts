// Counts tasks and what was done in them, for Prometheus; every label comes from a closed set.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { FAILURE_CODES } from '#schemas/failure-codes.ts'
import { HIDE_MODELS, type HideModel } from '#schemas/model-config.ts'
import type { Settled } from '#schemas/state-keys.ts'
import type { DetectorWork } from './detect/counted-detector.ts'
import type { RenderReport } from './worker/protocol.ts'
import type { DeathCause } from './worker/worker-death.ts'
import type { ReplaceReason } from './worker/worker-slot.ts'

export type MediaKind = 'picture' | 'film'

export interface Ended {
  readonly kind: MediaKind
  readonly model: HideModel
  readonly outcome: Settled
  /** Of a failed task. */
  readonly code?: string | undefined
  readonly seconds: number
  readonly credits: number
}
export interface Rendered {
  readonly kind: MediaKind
  readonly report: RenderReport
  readonly inputBytes: number
  readonly outputBytes: number
}

export interface TaskMetrics {
  /** A task was taken that had waited so long since it was handed out. */
  waited(kind: MediaKind, seconds: number): void
  rendered(what: Rendered): void
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

/** What this process works with; says it in info metrics. */
export interface WorkingWith {
  readonly executionProvider: string
  readonly models: readonly {
    readonly id: string
    readonly role: string
    readonly prepared_sha256: string
  }[]
}

const SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200, 28800]
const WAIT_SECONDS = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 14_400, 86_400]
const KINDS = ['picture', 'film'] as const
/** Every series that an alert or a panel asks for exists from the start: an increase from nothing is not seen. */
const CAUSES: readonly DeathCause[] = ['exit', 'signal', 'garbage', 'silence', 'memory']
const REASONS: readonly ReplaceReason[] = ['death', 'abort', 'tasks', 'growth', 'mistake']
const TASK_CODES = Object.keys(FAILURE_CODES).filter((code) => !/^(ARCHIVE|FILE|PATH)_/.test(code))
const OUTCOMES = ['completed', 'failed', 'cancelled'] as const

type NewCounter = (name: string, help: string, ...labelNames: string[]) => Counter

const numberOf = (value: unknown): number => (typeof value === 'number' && value > 0 ? value : 0)
const closed = (values: Iterable<string>) => {
  const known = new Set(values)
  return (value: string): string => (known.has(value) ? value : 'other')
}

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
  for (const kind of KINDS) {
    for (const model of HIDE_MODELS) for (const outcome of OUTCOMES) tasks.inc({ kind, model, outcome }, 0)
    for (const code of TASK_CODES) failures.inc({ kind, code }, 0)
  }
  const codeOf = closed(Object.keys(FAILURE_CODES))
  return {
    ...workerMetrics(counter, codeOf),
    running: runningTasks(registry),
    rendered: renderMetrics(counter, working),
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
      help: 'From handing a task out to its start.',
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

/** What results are made of; what a worker says is counted under known names only. */
function renderMetrics(counter: NewCounter, { executionProvider, models }: WorkingWith) {
  const countFacts = factMetrics(counter)
  const frames = counter('syntonym_frames_total', 'Frames of results, encoded or copied.', 'kind', 'how')
  const hidden = counter(
    'syntonym_detections_total',
    'Faces and plates hidden; in a film, tracks.',
    'kind',
    'class',
  )
  const bytesIn = counter('syntonym_input_bytes_total', 'Bytes of files that became results.', 'kind')
  const bytesOut = counter('syntonym_output_bytes_total', 'Bytes of results.', 'kind')
  const modelOf = closed(models.map(({ id }) => id))
  const countWork = detectorMetrics(counter)
  return ({ kind, report, inputBytes, outputBytes }: Rendered): void => {
    const copied = Math.min(report.frames, numberOf(report.facts.frames_copied))
    frames.inc({ kind, how: 'copied' }, copied)
    frames.inc({ kind, how: 'encoded' }, report.frames - copied)
    hidden.inc({ kind, class: 'face' }, report.faces)
    hidden.inc({ kind, class: 'plate' }, report.plates)
    bytesIn.inc({ kind }, inputBytes)
    bytesOut.inc({ kind }, outputBytes)
    countFacts(report.facts)
    for (const work of report.work ?? []) countWork(modelOf(work.model), executionProvider, work)
  }
}

/** What only some reports tell: groups of films that may be copied, and what synthetic hiding came to. */
function factMetrics(counter: NewCounter) {
  const groups = counter(
    'syntonym_film_groups_total',
    'Groups of pictures (GOPs) of films that may be copied: copied whole, or encoded.',
    'how',
  )
  const syn = counter(
    'syntonym_syn_sightings_total',
    'Sightings where something synthetic was asked for: drawn, or blurred instead; a face in ten frames counts ten times.',
    'class',
    'how',
  )
  const count = (facts: RenderReport['facts']): void => {
    groups.inc({ how: 'copied' }, numberOf(facts.groups_copied))
    groups.inc({ how: 'encoded' }, numberOf(facts.groups_encoded))
    syn.inc({ class: 'face', how: 'drawn' }, numberOf(facts.faces_synthetic))
    syn.inc({ class: 'face', how: 'blurred' }, numberOf(facts.faces_blurred_instead))
    syn.inc({ class: 'plate', how: 'drawn' }, numberOf(facts.plates_synthetic))
    syn.inc({ class: 'plate', how: 'blurred' }, numberOf(facts.plates_blurred_instead))
  }
  count({})
  return count
}

function detectorMetrics(counter: NewCounter) {
  const runs = counter('syntonym_detector_runs_total', 'Runs of a detector.', 'model', 'provider')
  const seconds = counter('syntonym_detector_seconds_total', 'Wall time in a detector.', 'model', 'provider')
  const finds = counter(
    'syntonym_detector_finds_total',
    'Finds of a detector; weak: less than .1 above the threshold asked for.',
    'model',
    'strength',
  )
  return (model: string, provider: string, work: DetectorWork): void => {
    runs.inc({ model, provider }, work.runs)
    seconds.inc({ model, provider }, work.seconds)
    finds.inc({ model, strength: 'weak' }, work.weakFinds)
    finds.inc({ model, strength: 'strong' }, Math.max(0, work.finds - work.weakFinds))
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
