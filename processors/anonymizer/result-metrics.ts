// Counts what results are made of: frames, finds, bytes, the work of detectors; each series is there from the start.
import type { Counter } from 'prom-client'
import type { DetectorWork } from './detect/counted-detector.ts'
import { WHY_NOT_ON_GPU } from './film/pure/gpu-choice.ts'
import type { RenderReport } from './worker/protocol.ts'

export type MediaKind = 'picture' | 'film'

export interface Rendered {
  readonly kind: MediaKind
  readonly report: RenderReport
  readonly inputBytes: number
  readonly outputBytes: number
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

export type NewCounter = (name: string, help: string, ...labelNames: string[]) => Counter

export const KINDS = ['picture', 'film'] as const
/** Models that look; the others are what synthetic faces are made with. */
const DETECTOR_ROLES: ReadonlySet<string> = new Set([
  ...['faces', 'faces-second', 'plates', 'plate-text', 'text-reading'],
])

const numberOf = (value: unknown): number => (typeof value === 'number' && value > 0 ? value : 0)
/** Whatever is not in the closed set of a label counts as `other`. */
export const closed = (values: Iterable<string>) => {
  const known = new Set(values)
  return (value: string): string => (known.has(value) ? value : 'other')
}

/** Registers them; what a worker says is counted under known names only. */
export function resultMetrics(counter: NewCounter, { executionProvider, models }: WorkingWith) {
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
  for (const kind of KINDS) {
    for (const how of ['copied', 'encoded']) frames.inc({ kind, how }, 0)
    for (const type of ['face', 'plate']) hidden.inc({ kind, class: type }, 0)
    bytesIn.inc({ kind }, 0)
    bytesOut.inc({ kind }, 0)
  }
  const nothing = { runs: 0, seconds: 0, finds: 0, weakFinds: 0 }
  for (const { id, role } of models)
    if (DETECTOR_ROLES.has(role)) countWork(id, executionProvider, { model: id, ...nothing })
  const parts = counter('syntonym_film_parts_total', 'Parts of shared films that were made here.')
  const workOf = ({ work = [] }: RenderReport): void => {
    for (const each of work) countWork(modelOf(each.model), executionProvider, each)
  }
  const rendered = ({ kind, report, inputBytes, outputBytes }: Rendered): void => {
    const copied = Math.min(report.frames, numberOf(report.facts.frames_copied))
    frames.inc({ kind, how: 'copied' }, copied)
    frames.inc({ kind, how: 'encoded' }, report.frames - copied)
    hidden.inc({ kind, class: 'face' }, report.faces)
    hidden.inc({ kind, class: 'plate' }, report.plates)
    bytesIn.inc({ kind }, inputBytes)
    bytesOut.inc({ kind }, outputBytes)
    countFacts(report.facts)
    workOf(report)
  }
  return {
    rendered,
    partMade: (report: RenderReport): void => {
      parts.inc()
      workOf(report)
    },
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
  const offGpu = counter(
    'syntonym_films_off_gpu_total',
    'Films that were to be decoded or encoded on a GPU and were not, because of the film or the card.',
    'step',
    'reason',
  )
  const reasonOf = closed(WHY_NOT_ON_GPU)
  const countOffGpu = (step: 'decode' | 'encode', why: unknown): void => {
    if (typeof why === 'string') offGpu.inc({ step, reason: reasonOf(why) })
  }
  for (const reason of WHY_NOT_ON_GPU)
    for (const step of ['decode', 'encode']) offGpu.inc({ step, reason }, 0)
  const count = (facts: RenderReport['facts']): void => {
    countOffGpu('decode', facts.not_decoded_on_gpu)
    countOffGpu('encode', facts.not_encoded_on_gpu)
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
