// One line of a job's plan object: all that is known of one file before anything is processed.
import { z } from 'zod'

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
