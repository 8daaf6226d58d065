// Writes the facts and work items of the extractor; their ids follow from what caused them.
import type { EventEnvelope, EventOf, EventType } from '#schemas/events/event-types.ts'
import { eventId } from '#schemas/ids.ts'
import { planKey } from '#schemas/object-keys.ts'
import type { PlannedTask } from '#schemas/plan.ts'

export interface JobOrigin {
  readonly accountId: string
  readonly jobId: string
  /** Milliseconds since 1970, UTC. */
  readonly nowMs: number
}

const envelope = (type: EventType, origin: JobOrigin, ...cause: (string | number)[]): EventEnvelope => ({
  event_id: eventId(type, origin.jobId, ...cause),
  occurred_at_ms: origin.nowMs,
  account_id: origin.accountId,
  job_id: origin.jobId,
})

export const taskPlanned = (origin: JobOrigin, task: PlannedTask): EventOf<'TaskPlanned'> => ({
  ...envelope('TaskPlanned', origin, task.task_index),
  type: 'TaskPlanned',
  data: {
    task_id: task.task_id,
    task_index: task.task_index,
    file_name: task.file_name,
    media_kind: task.media_kind,
    bytes: task.bytes,
    width: task.width,
    height: task.height,
    frames: task.frames,
    duration_seconds: task.duration_seconds,
    credit_cost: task.credit_cost,
    refused_code: task.refused?.code ?? null,
    refused_detail: task.refused?.detail ?? null,
  },
})

export interface PlanTotals {
  readonly taskCount: number
  readonly runnableCount: number
  readonly creditCost: number
  readonly estimatedSeconds: number
  readonly archiveFormat: 'zip' | '7z' | 'rar' | null
}

export const jobExtracted = (origin: JobOrigin, totals: PlanTotals): EventOf<'JobExtracted'> => ({
  ...envelope('JobExtracted', origin),
  type: 'JobExtracted',
  data: {
    task_count: totals.taskCount,
    total_credit_cost: totals.creditCost,
    estimated_seconds: totals.estimatedSeconds,
    plan_key: planKey(origin.jobId),
    archive_format: totals.archiveFormat,
  },
})

export const jobRefused = (origin: JobOrigin, code: string, detail: string): EventOf<'JobRefused'> => ({
  ...envelope('JobRefused', origin),
  type: 'JobRefused',
  data: { code, detail },
})

/** How the job is to be hidden, as it was submitted. */
export interface Chosen {
  readonly model: 'blur' | 'syn'
  /** Normalised model configuration as JSON. */
  readonly modelConfig: string
}

/** Undefined for a task that was refused: it has ended already. */
export function taskReady(
  origin: JobOrigin,
  task: PlannedTask,
  chosen: Chosen,
): EventOf<'TaskReady'> | undefined {
  if (task.refused !== null || task.media_kind === null) return undefined
  return {
    ...envelope('TaskReady', origin, task.task_index),
    type: 'TaskReady',
    data: {
      task_id: task.task_id,
      task_index: task.task_index,
      media_kind: task.media_kind,
      extension: task.extension,
      input_key: task.input_key,
      input_sha256: task.input_sha256,
      input_bytes: task.bytes,
      model: chosen.model,
      model_config: chosen.modelConfig,
      credit_cost: task.credit_cost,
    },
  }
}

export interface PackedObject {
  readonly key: string
  readonly sha256: string
  readonly bytes: number
  readonly extension: string
}

export const jobPacked = (origin: JobOrigin, packed: PackedObject): EventOf<'JobPacked'> => ({
  ...envelope('JobPacked', origin),
  type: 'JobPacked',
  data: {
    output_key: packed.key,
    output_sha256: packed.sha256,
    output_bytes: packed.bytes,
    output_extension: packed.extension,
  },
})
