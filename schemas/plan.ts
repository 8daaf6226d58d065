// What the extractor keeps of a job beside its files: one plan line for each file, and how the job was submitted.
import { z } from 'zod'

/** One line of the plan object: all that is known of one file before anything is processed. */
export const plannedTaskSchema = z.strictObject({
  task_id: z.string(),
  task_index: z.int().nonnegative(),
  /** The name as the archive or client wrote it: data, never a path. */
  file_name: z.string(),
  media_kind: z.enum(['picture', 'film']).nullable(),
  extension: z.string(),
  input_key: z.string(),
  input_sha256: z.string(),
  bytes: z.int().nonnegative(),
  width: z.int().nullable(),
  height: z.int().nullable(),
  frames: z.int().nullable(),
  duration_seconds: z.number().nullable(),
  credit_cost: z.int().nonnegative(),
  refused: z.strictObject({ code: z.string(), detail: z.string() }).nullable(),
})
export type PlannedTask = z.infer<typeof plannedTaskSchema>

/** Kept with the job, because an approval comes later and says nothing of it. */
export const submissionSchema = z.strictObject({
  model: z.enum(['blur', 'syn']),
  /** Normalised model configuration as JSON. */
  model_config: z.string(),
  submitted_at_ms: z.int(),
})
export type Submission = z.infer<typeof submissionSchema>
