// Every fact and every work item that travels on the bus, as Avro schemas with the TypeScript types derived from them.
import type { AvroValue } from './avro.ts'

const nullableString = ['null', 'string'] as const
const nullableBoolean = ['null', 'boolean'] as const
const nullableDouble = ['null', 'double'] as const
const nullableLong = ['null', 'long'] as const

const mediaKind = { type: 'enum', name: 'MediaKind', symbols: ['picture', 'film'] } as const
const hideModel = { type: 'enum', name: 'HideModel', symbols: ['blur', 'syn'] } as const
const inputKind = { type: 'enum', name: 'InputKind', symbols: ['picture', 'film', 'archive'] } as const
// An Avro name may be defined once in a schema: each record below stands alone, so the enums are named per record.
const named = <const N extends string, const S extends { readonly symbols: readonly string[] }>(
  name: N,
  e: S,
) => ({ type: 'enum', name, symbols: e.symbols }) as { type: 'enum'; name: N; symbols: S['symbols'] }

/** A client handed in a file and it was accepted; nothing is processed before approval. */
export const JobSubmitted = {
  type: 'record',
  name: 'JobSubmitted',
  fields: [
    {
      name: 'input_file',
      type: 'string',
      doc: 'The path or URL as the client wrote it; data, never opened.',
    },
    { name: 'source', type: 'string', doc: 'Resolved absolute file path, s3://bucket/key, or object:<key>.' },
    { name: 'input_kind', type: named('SubmittedKind', inputKind) },
    { name: 'model', type: named('SubmittedModel', hideModel) },
    {
      name: 'model_config',
      type: 'string',
      doc: 'Normalised model configuration as JSON (schemas/model-config.ts).',
    },
    { name: 'needs_approval', type: 'boolean' },
    {
      name: 'metered',
      type: nullableBoolean,
      default: null,
      doc: 'Whether credits are held for the job; null in facts older than this field.',
    },
    { name: 'user_tag', type: nullableString, default: null, doc: 'Echoed in the report and in callbacks.' },
  ],
} as const

export const JobApproved = {
  type: 'record',
  name: 'JobApproved',
  fields: [{ name: 'held_credits', type: 'long', doc: 'Credits held at approval: the job’s total cost.' }],
} as const

export const JobCancelled = { type: 'record', name: 'JobCancelled', fields: [] } as const

export const TaskCancelRequested = {
  type: 'record',
  name: 'TaskCancelRequested',
  fields: [{ name: 'task_id', type: 'string' }],
} as const

export const JobDeleted = { type: 'record', name: 'JobDeleted', fields: [] } as const

/** The job’s input was listed, copied and probed. Tasks follow as TaskPlanned, one each. */
export const JobExtracted = {
  type: 'record',
  name: 'JobExtracted',
  fields: [
    { name: 'task_count', type: 'int' },
    { name: 'total_credit_cost', type: 'long' },
    { name: 'estimated_seconds', type: 'double' },
    { name: 'plan_key', type: 'string', doc: 'Object that holds the plan: one JSON line per task.' },
    {
      name: 'archive_format',
      type: nullableString,
      default: null,
      doc: 'zip, 7z or rar; null for a single file.',
    },
  ],
} as const

/** The input as a whole was refused; the job has failed with a documented code. */
export const JobRefused = {
  type: 'record',
  name: 'JobRefused',
  fields: [
    { name: 'code', type: 'string' },
    { name: 'detail', type: 'string' },
  ],
} as const

/** One file of the job. `refused_code` is set when the member cannot be processed: then it has failed already. */
export const TaskPlanned = {
  type: 'record',
  name: 'TaskPlanned',
  fields: [
    { name: 'task_id', type: 'string' },
    { name: 'task_index', type: 'int' },
    { name: 'file_name', type: 'string' },
    { name: 'media_kind', type: ['null', named('PlannedKind', mediaKind)] },
    { name: 'bytes', type: 'long' },
    { name: 'width', type: ['null', 'int'] },
    { name: 'height', type: ['null', 'int'] },
    { name: 'frames', type: nullableLong },
    { name: 'duration_seconds', type: nullableDouble },
    { name: 'credit_cost', type: 'long' },
    { name: 'refused_code', type: nullableString },
    { name: 'refused_detail', type: nullableString },
  ],
} as const

/** Work for a frame processor. Small: the bytes lie under `input_key`. */
export const TaskReady = {
  type: 'record',
  name: 'TaskReady',
  fields: [
    { name: 'task_id', type: 'string' },
    { name: 'task_index', type: 'int' },
    { name: 'media_kind', type: named('ReadyKind', mediaKind) },
    { name: 'extension', type: 'string', doc: 'Lower case with the dot, agreeing with the content.' },
    { name: 'input_key', type: 'string' },
    { name: 'input_sha256', type: 'string' },
    { name: 'input_bytes', type: 'long' },
    { name: 'model', type: named('ReadyModel', hideModel) },
    { name: 'model_config', type: 'string' },
    { name: 'credit_cost', type: 'long' },
  ],
} as const

/**
 * Work for a frame processor that has time: one part of a film that several share. The film's own task asks for it and
 * does without where nobody comes. Users see the film's task only.
 */
export const FilmPartReady = {
  type: 'record',
  name: 'FilmPartReady',
  fields: [
    { name: 'task_id', type: 'string', doc: 'The film’s task.' },
    { name: 'part_id', type: 'string', doc: 'Names the part’s lease; derived from the task and the part.' },
    { name: 'part', type: 'int', doc: 'From 0.' },
    { name: 'parts', type: 'int', doc: 'Into how many the film is cut.' },
    { name: 'extension', type: 'string', doc: 'Lower case with the dot, agreeing with the content.' },
    { name: 'input_key', type: 'string' },
    { name: 'input_sha256', type: 'string' },
    { name: 'model', type: named('PartModel', hideModel) },
    { name: 'model_config', type: 'string' },
  ],
} as const

export const TaskStarted = {
  type: 'record',
  name: 'TaskStarted',
  fields: [
    { name: 'task_id', type: 'string' },
    { name: 'attempt', type: 'int', doc: 'The lease’s fencing token.' },
  ],
} as const

export const TaskProgressed = {
  type: 'record',
  name: 'TaskProgressed',
  fields: [
    { name: 'task_id', type: 'string' },
    { name: 'attempt', type: 'int' },
    { name: 'progress', type: 'double', doc: '0..1' },
    { name: 'frames_per_second', type: nullableDouble },
    { name: 'eta_seconds', type: nullableDouble },
  ],
} as const

export const TaskCompleted = {
  type: 'record',
  name: 'TaskCompleted',
  fields: [
    { name: 'task_id', type: 'string' },
    { name: 'attempt', type: 'int' },
    { name: 'output_key', type: 'string' },
    { name: 'output_sha256', type: 'string' },
    { name: 'output_bytes', type: 'long' },
    { name: 'output_extension', type: 'string' },
    { name: 'document_key', type: 'string', doc: 'The detection document.' },
    { name: 'faces', type: 'long', doc: 'Faces hidden; in a film, tracks.' },
    { name: 'plates', type: 'long' },
    { name: 'frames', type: 'long' },
    { name: 'credit_cost', type: 'long', doc: 'Captured with this fact.' },
    {
      name: 'report',
      type: 'string',
      doc: 'Facts of the rendering as JSON: what was kept, dropped, encoded anew.',
    },
    { name: 'processing_seconds', type: 'double' },
  ],
} as const

export const TaskFailed = {
  type: 'record',
  name: 'TaskFailed',
  fields: [
    { name: 'task_id', type: 'string' },
    { name: 'attempt', type: 'int' },
    { name: 'code', type: 'string' },
    { name: 'detail', type: 'string' },
    { name: 'credit_cost', type: 'long', doc: 'Released with this fact.' },
  ],
} as const

export const TaskCancelled = {
  type: 'record',
  name: 'TaskCancelled',
  fields: [
    { name: 'task_id', type: 'string' },
    { name: 'attempt', type: 'int' },
    { name: 'credit_cost', type: 'long', doc: 'Released with this fact.' },
  ],
} as const

/** The results of an archive were put together again in its layout. */
export const JobPacked = {
  type: 'record',
  name: 'JobPacked',
  fields: [
    { name: 'output_key', type: 'string' },
    { name: 'output_sha256', type: 'string' },
    { name: 'output_bytes', type: 'long' },
    { name: 'output_extension', type: 'string' },
  ],
} as const

export const CreditsGranted = {
  type: 'record',
  name: 'CreditsGranted',
  fields: [
    { name: 'grant_id', type: 'string' },
    { name: 'credits', type: 'long' },
  ],
} as const

const eventSchemas = {
  JobSubmitted,
  JobApproved,
  JobCancelled,
  TaskCancelRequested,
  JobDeleted,
  JobExtracted,
  JobRefused,
  TaskPlanned,
  TaskReady,
  FilmPartReady,
  TaskStarted,
  TaskProgressed,
  TaskCompleted,
  TaskFailed,
  TaskCancelled,
  JobPacked,
  CreditsGranted,
} as const

export type EventType = keyof typeof eventSchemas
export const EVENT_TYPES = Object.keys(eventSchemas) as readonly EventType[]
export type EventData<T extends EventType> = AvroValue<(typeof eventSchemas)[T]>

/** What every event carries. `event_id` is derived from the event’s cause, so a repetition is recognised. */
export interface EventEnvelope {
  readonly event_id: string
  readonly occurred_at_ms: number
  readonly account_id: string
  /** Empty for events of an account that belong to no job. */
  readonly job_id: string
}

/** One event, discriminated by `type`. */
export type Event = {
  [T in EventType]: EventEnvelope & { readonly type: T; readonly data: EventData<T> }
}[EventType]
export type EventOf<T extends EventType> = Extract<Event, { type: T }>

/** The schema of one topic’s records: an envelope around the union of the event types that it carries. */
export const envelopeSchema = (name: string, types: readonly EventType[]) =>
  ({
    type: 'record',
    name,
    namespace: 'syntonym.v1',
    fields: [
      { name: 'event_id', type: 'string' },
      { name: 'occurred_at_ms', type: { type: 'long', logicalType: 'timestamp-millis' } },
      { name: 'account_id', type: 'string' },
      { name: 'job_id', type: 'string' },
      { name: 'data', type: types.map((type) => eventSchemas[type]) },
    ],
  }) as const
