// The bodies of every refusal, in the forms that clients of FastAPI services expect.
import { z } from 'zod'

/** Something unknown: a job, a task, a route. Nothing tells whether it exists for somebody else. */
export const notFoundSchema = z
  .strictObject({ detail: z.string().meta({ description: 'What was not found.' }) })
  .meta({ id: 'NotFound', examples: [{ detail: 'Job not found' }] })

/** Every other refusal: a sentence for people and a code for programs. */
export const refusalSchema = z
  .strictObject({
    detail: z.string().meta({ description: 'One sentence in plain words.' }),
    code: z.string().meta({ description: 'Never changes its meaning; the list is part of this reference.' }),
  })
  .meta({
    id: 'Refusal',
    examples: [{ detail: 'A store does not answer; try again later', code: 'STORE_UNAVAILABLE' }],
  })

/** A refused approval also carries the `message` that every answer to an approval has. */
export const approvalRefusalSchema = z
  .strictObject({ message: z.string(), detail: z.string(), code: z.string() })
  .meta({
    id: 'ApprovalRefusal',
    examples: [
      {
        message: 'Not enough credits: the job costs 12',
        detail: 'Not enough credits: the job costs 12',
        code: 'INSUFFICIENT_CREDITS',
      },
    ],
  })

export const validationIssueSchema = z.strictObject({
  loc: z
    .array(z.union([z.string(), z.int()]))
    .meta({ description: 'Where: body, query, path or header, then the way to the value.' }),
  msg: z.string().meta({ description: 'What is wrong, in plain words.' }),
  type: z.string().meta({ description: 'Which kind of mistake; a code where one exists.' }),
})

/** 422 as FastAPI writes it; `code` is there when the file and not the form of the request is refused. */
export const validationErrorSchema = z
  .strictObject({ detail: z.array(validationIssueSchema), code: z.string().optional() })
  .meta({
    id: 'ValidationError',
    examples: [
      {
        detail: [
          {
            loc: ['body', 'model_config', 'blur_threshold'],
            msg: 'Too big: expected number to be <=1',
            type: 'less_than_equal',
          },
        ],
      },
    ],
  })

/** Either form of 404 that a submission can get: an unknown route or a file that is not there. */
export const fileNotFoundSchema = z.strictObject({ detail: z.string(), code: z.string() }).meta({
  id: 'FileNotFound',
  examples: [{ detail: 'The file does not exist under the jobs root', code: 'FILE_NOT_FOUND' }],
})

export type ValidationError = z.infer<typeof validationErrorSchema>
export type Refusal = z.infer<typeof refusalSchema>
