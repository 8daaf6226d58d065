// What a client hands in with a job, and what it is answered.
import { z } from 'zod'
import { statusSchema, taskBriefSchema } from './job-bodies.ts'

const MAX_TAG_CHARACTERS = 255

const configSchema = z.union([z.string(), z.record(z.string(), z.unknown())]).meta({
  description:
    'Settings of the model as an object, or as a string that holds JSON. Booleans may be true or "true", numbers ' +
    '0.5 or "0.5". Unknown keys are refused by name. blur: blur_face, enable_lp, blur_threshold, lp_threshold, ' +
    'slicing, mask_blur, lp_track, hide_by (blur, mosaic, solid), mask_scale (1 to 3). syn: enable_lp, syntonymize, lp_syntonymize, syn_scope. Both: include_zones, exclude_zones ' +
    '(polygons, corners 0..1 of the displayed picture), min_size (displayed pixels), drop_audio (films).',
  examples: [{ blur_face: true, enable_lp: true, blur_threshold: 0.5 }, '{"blur_face": "true"}'],
})

/** The body of a submission; `examplePath` is what the reference shows. */
export const submitBodySchema = (id: string, examplePath: string) =>
  z
    .strictObject({
      file_path: z.string().meta({
        description: 'A file under the jobs root, as /syntonym/jobs/… or relative to it.',
        default: examplePath,
      }),
      model: z
        .enum(['blur', 'syn'])
        .default('blur')
        .meta({ description: 'How faces and plates are hidden.' }),
      model_config: configSchema,
      user_tag: z
        .string()
        .max(MAX_TAG_CHARACTERS)
        .nullish()
        .meta({ description: 'A text of the client’s own; it comes back in the report.' }),
    })
    .meta({
      id,
      examples: [{ file_path: examplePath, model: 'blur', model_config: { blur_threshold: 0.5 } }],
    })

export const submittedSchema = z
  .strictObject({
    job_id: z.string(),
    status: statusSchema,
    status_detail: z.string(),
    created_at: z.string().meta({ description: 'ISO 8601, UTC.' }),
    input_file: z.string().meta({ description: 'The path as the client wrote it.' }),
    model: z.enum(['blur', 'syn']),
    tasks: z.array(taskBriefSchema).meta({
      description: 'The one task of a single file; empty for an archive until it has been listed.',
    }),
    has_errors: z.boolean(),
    needs_approval: z.boolean(),
    is_approved: z.boolean(),
    cancelled: z.boolean(),
  })
  .meta({
    id: 'SubmittedJob',
    examples: [
      {
        job_id: '3d2f6a0e-5f63-4c40-9c36-0f6f8c1f2a11',
        status: 0,
        status_detail: 'Waiting for approval',
        created_at: '2026-11-23T09:30:00.000Z',
        input_file: '/syntonym/jobs/sample.jpg',
        model: 'blur',
        tasks: [
          {
            task_id: '9a1c7d0e-0f5b-5e0c-8f63-2b7d0c1e4f22',
            task_status: 0,
            status_detail: 'Waiting for approval',
            file_name: 'sample.jpg',
          },
        ],
        has_errors: false,
        needs_approval: true,
        is_approved: false,
        cancelled: false,
      },
    ],
  })
export type SubmittedBody = z.infer<typeof submittedSchema>
