// Writes the full report of a job: every file with how it ended, what it cost and where to fetch it.
import { z } from 'zod'
import type { JobResultBody, ResultTaskBody } from '#schemas/http/job-bodies.ts'
import { jobStatus, taskStatus } from '#schemas/job-state.ts'
import type { JobFields } from '#schemas/views.ts'
import { jobBody, numberOr, taskBody, timeOf } from './job-body.ts'
import type { JobFacts, KnownTask } from './job-facts.ts'

const renderingSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
const configSchema = z.record(z.string(), z.unknown())

function jsonAs<T>(schema: z.ZodType<T>, text: string | undefined): T | null {
  if (text === undefined) return null
  try {
    return schema.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null // an odd report hides a detail, not the result
  }
}

export interface TaskLinks {
  readonly download: string | null
  readonly detections: string | null
}

/** One file in the report. */
export function resultTaskBody(
  task: KnownTask,
  jobId: string,
  job: JobFields,
  links: TaskLinks,
): ResultTaskBody {
  const { fields } = task
  const { endedAtMs } = taskStatus(job, fields)
  return {
    ...taskBody(task, jobId, job),
    faces: numberOr(fields.faces, null),
    plates: numberOr(fields.plates, null),
    processing_seconds: fields.processing_seconds === undefined ? null : rounded(fields.processing_seconds),
    finished_at: endedAtMs === null ? null : timeOf(endedAtMs),
    output_bytes: numberOr(fields.output_bytes, null),
    output_sha256: fields.output_sha256 ?? null,
    rendering: jsonAs(renderingSchema, fields.report),
    download_url: links.download,
    detections_url: links.detections,
  }
}

const sum = (tasks: readonly KnownTask[], field: 'charged_credits' | 'processing_seconds'): number =>
  tasks.reduce((total, { fields }) => total + Number(fields[field] ?? 0), 0)

const rounded = (seconds: number | string): number => Number(Number(seconds).toFixed(3))

export interface ResultParts {
  readonly facts: JobFacts
  /** Whether the job costs its account anything. */
  readonly metered: boolean
  readonly tasks: readonly KnownTask[]
  readonly taskBodies: readonly ResultTaskBody[]
  readonly download: string | null
  readonly linksExpireAtMs: number
}

/** The report; before the end it says how far the job is. */
export function jobResultBody(parts: ResultParts, nowMs: number): JobResultBody {
  const { facts, tasks, taskBodies, download, linksExpireAtMs } = parts
  const { fields, counts } = facts
  const { endedAtMs } = jobStatus(fields, counts, facts.runningProgress)
  return {
    ...jobBody(facts, nowMs),
    model_config: jsonAs(configSchema, fields.model_config),
    user_tag: fields.user_tag ?? null,
    output_format: fields.packed_extension ?? null,
    credits_spent: parts.metered ? sum(tasks, 'charged_credits') : 0,
    processing_seconds: rounded(sum(tasks, 'processing_seconds')),
    finished_at: endedAtMs === null ? null : timeOf(endedAtMs),
    links_expire_at: timeOf(linksExpireAtMs),
    download_url: download,
    tasks: [...taskBodies],
  }
}
