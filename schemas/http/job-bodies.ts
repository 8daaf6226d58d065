// What a client reads about a job and its tasks while it runs and afterwards.
import { z } from 'zod'

export const statusSchema = z.int().min(0).max(5).meta({
  description: '0 waiting for approval, 1 queued, 2 processing, 3 completed, 4 cancelled, 5 failed.',
})

export const taskBriefSchema = z.strictObject({
  task_id: z.string(),
  task_status: statusSchema,
  status_detail: z.string(),
  file_name: z.string().meta({ description: 'As the client or the archive wrote it.' }),
})

const failureSchema = z
  .strictObject({ code: z.string(), detail: z.string() })
  .nullable()
  .meta({ description: 'Why it failed; null while it has not.' })

const seconds = (description: string) => z.number().nonnegative().nullable().meta({ description })

export const countsSchema = z.strictObject({
  tasks: z.int().nonnegative(),
  completed: z.int().nonnegative(),
  failed: z.int().nonnegative(),
  cancelled: z.int().nonnegative(),
})

const jobFields = {
  job_id: z.string(),
  status: statusSchema,
  status_detail: z.string(),
  created_at: z.string().meta({ description: 'ISO 8601, UTC.' }),
  input_file: z.string().meta({ description: 'The path as the client wrote it.' }),
  model: z.enum(['blur', 'syn']),
  has_errors: z.boolean().meta({ description: 'True when at least one file failed.' }),
  needs_approval: z.boolean(),
  is_approved: z.boolean(),
  cancelled: z.boolean(),
  progress: z.number().min(0).max(1),
  eta_seconds: seconds('Until the job ends, where it can be told.'),
  counts: countsSchema,
  total_credit_cost: z
    .int()
    .nonnegative()
    .nullable()
    .meta({ description: 'What an approval holds; null until the input has been listed.' }),
  estimated_seconds: seconds('Processing time told before approval.'),
  failure: failureSchema,
}
const jobExample = {
  job_id: '3d2f6a0e-5f63-4c40-9c36-0f6f8c1f2a11',
  status: 2,
  status_detail: 'Processing',
  created_at: '2026-11-23T09:30:00.000Z',
  input_file: '/syntonym/jobs/sample.zip',
  model: 'blur' as const,
  has_errors: false,
  needs_approval: true,
  is_approved: true,
  cancelled: false,
  progress: 0.41,
  eta_seconds: 12.5,
  counts: { tasks: 10, completed: 4, failed: 0, cancelled: 0 },
  total_credit_cost: 37,
  estimated_seconds: 31,
  failure: null,
}

export const jobSchema = z.strictObject(jobFields).meta({ id: 'Job', examples: [jobExample] })

const taskFields = {
  ...taskBriefSchema.shape,
  job_id: z.string(),
  progress: z.number().min(0).max(1),
  eta_seconds: seconds('Until the task ends, where it can be told.'),
  frames_per_second: z.number().nonnegative().nullable(),
  media_kind: z.enum(['picture', 'film']).nullable(),
  bytes: z.int().nonnegative().nullable(),
  width: z.int().nonnegative().nullable().meta({ description: 'Pixels, as displayed.' }),
  height: z.int().nonnegative().nullable().meta({ description: 'Pixels, as displayed.' }),
  frames: z.int().nonnegative().nullable(),
  duration_seconds: seconds('Of a film.'),
  credit_cost: z.int().nonnegative().nullable(),
  failure: failureSchema,
}
const taskExample = {
  task_id: '9a1c7d0e-0f5b-5e0c-8f63-2b7d0c1e4f22',
  task_status: 3,
  status_detail: 'Completed',
  file_name: 'crossing.mp4',
  job_id: jobExample.job_id,
  progress: 1,
  eta_seconds: null,
  frames_per_second: null,
  media_kind: 'film' as const,
  bytes: 4_194_304,
  width: 1920,
  height: 1080,
  frames: 750,
  duration_seconds: 30,
  credit_cost: 30,
  failure: null,
}
export const taskSchema = z.strictObject(taskFields).meta({ id: 'Task', examples: [taskExample] })

const linkSchema = z.string().nullable().meta({
  description:
    'A signed link that opens without a key until it expires; null while there is nothing to fetch.',
})

const resultTaskExample = {
  ...taskExample,
  faces: 12,
  plates: 3,
  processing_seconds: 24.5,
  finished_at: '2026-11-23T09:31:12.000Z',
  output_bytes: 4_300_100,
  output_sha256: 'b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c',
  rendering: { audio: 'kept' },
  download_url: '/download/9a1c7d0e-0f5b-5e0c-8f63-2b7d0c1e4f22?expires=1795428000&signature=…',
  detections_url: '/detections/9a1c7d0e-0f5b-5e0c-8f63-2b7d0c1e4f22?expires=1795428000&signature=…',
}
export const resultTaskSchema = z
  .strictObject({
    ...taskFields,
    faces: z.int().nonnegative().nullable().meta({ description: 'Faces hidden; in a film, tracks.' }),
    plates: z.int().nonnegative().nullable(),
    processing_seconds: seconds('Time spent on the file.'),
    finished_at: z.string().nullable().meta({ description: 'ISO 8601, UTC.' }),
    output_bytes: z.int().nonnegative().nullable(),
    output_sha256: z.string().nullable(),
    rendering: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .nullable()
      .meta({ description: 'What was kept, dropped and encoded anew.' }),
    download_url: linkSchema,
    detections_url: linkSchema,
  })
  .meta({ id: 'ResultTask', examples: [resultTaskExample] })

export const jobResultSchema = z
  .strictObject({
    ...jobFields,
    model_config: z.record(z.string(), z.unknown()).nullable(),
    user_tag: z.string().nullable(),
    output_format: z
      .string()
      .nullable()
      .meta({ description: 'Extension of the packed results of an archive; a rar comes back as .zip.' }),
    credits_spent: z.int().nonnegative(),
    processing_seconds: z.number().nonnegative().meta({ description: 'Time spent on all files.' }),
    finished_at: z.string().nullable(),
    links_expire_at: z.string().meta({ description: 'ISO 8601, UTC.' }),
    download_url: linkSchema,
    tasks: z.array(resultTaskSchema),
  })
  .meta({
    id: 'JobResult',
    examples: [
      {
        ...jobExample,
        status: 3,
        status_detail: 'Completed',
        progress: 1,
        eta_seconds: null,
        counts: { tasks: 1, completed: 1, failed: 0, cancelled: 0 },
        model_config: { blur_threshold: 0.5 },
        user_tag: null,
        output_format: '.zip',
        credits_spent: 30,
        processing_seconds: 24.5,
        finished_at: '2026-11-23T09:31:13.000Z',
        links_expire_at: '2026-11-23T10:31:20.000Z',
        download_url: '/download_job/3d2f6a0e-5f63-4c40-9c36-0f6f8c1f2a11?expires=1795428000&signature=…',
        tasks: [resultTaskExample],
      },
    ],
  })

export const jobListSchema = z
  .strictObject({
    jobs: z.array(jobSchema),
    next_cursor: z
      .string()
      .nullable()
      .meta({ description: 'Hand it in as `cursor` to go on; null at the end.' }),
  })
  .meta({ id: 'JobList', examples: [{ jobs: [jobExample], next_cursor: null }] })

export const messageSchema = z
  .strictObject({ message: z.string() })
  .meta({ id: 'Message', examples: [{ message: 'Job approved' }] })

export type JobBody = z.infer<typeof jobSchema>
export type TaskBody = z.infer<typeof taskSchema>
export type ResultTaskBody = z.infer<typeof resultTaskSchema>
export type JobResultBody = z.infer<typeof jobResultSchema>
export type JobListBody = z.infer<typeof jobListSchema>
