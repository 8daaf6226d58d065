// GET /jobs: the account's jobs, newest first, page by page.
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { jobListSchema } from '#schemas/http/job-bodies.ts'
import type { GatewayParts } from '../gateway-parts.ts'
import { accountOf } from '../http/identify.ts'
import { InvalidRequest } from '../http/refusal.ts'
import { type CursorPlace, readCursor, writeCursor } from '../pure/cursor.ts'
import { readJobPage } from '../read-job-page.ts'
import { answers, invalid, type Operation } from './operation.ts'

const DEFAULT_LIMIT = 50
const MAX_LIMIT = 200

const number = <T extends z.ZodType>(schema: T) =>
  z.preprocess((text) => (typeof text === 'string' && /^\d{1,9}$/.test(text) ? Number(text) : text), schema)
const moment = (description: string) =>
  z
    .union([z.iso.datetime({ offset: true }), z.iso.date()], {
      error: 'must be a time like 2026-11-23T09:30:00Z',
    })
    .optional()
    .meta({ description, examples: ['2026-11-23T09:30:00Z', '2026-11-23'] })

const listQuery = z.strictObject({
  status: number(z.int().min(0).max(5)).optional().meta({ description: 'Only jobs with this status.' }),
  model: z.enum(['blur', 'syn']).optional(),
  created_from: moment('Only jobs handed in at this moment or later.'),
  created_to: moment('Only jobs handed in at this moment or before.'),
  limit: number(z.int().min(1).max(MAX_LIMIT))
    .default(DEFAULT_LIMIT)
    .meta({ description: `Jobs on a page; ${DEFAULT_LIMIT} when it is not said.` }),
  cursor: z.string().optional().meta({ description: 'next_cursor of the page before.' }),
})

const msOf = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Date.parse(text)

function placeOf(text: string | undefined): CursorPlace | undefined {
  if (text === undefined) return undefined
  const cursor = readCursor(text)
  if (cursor.verdict === 'ok') return cursor.place
  throw new InvalidRequest([
    { loc: ['query', 'cursor'], msg: 'This is no cursor of ours', type: 'cursor_invalid' },
  ])
}

export function listJobs(parts: GatewayParts): Operation {
  const handle = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const query = request.query as z.infer<typeof listQuery>
    const page = await readJobPage(parts, accountOf(request).id, {
      filter: {
        status: query.status,
        model: query.model,
        createdFromMs: msOf(query.created_from),
        createdToMs: msOf(query.created_to),
      },
      limit: query.limit,
      cursor: placeOf(query.cursor),
    })
    return reply.send({
      jobs: page.jobs,
      next_cursor: page.next === undefined ? null : writeCursor(page.next),
    })
  }
  return {
    id: 'jobs',
    path: '/jobs',
    methods: ['GET'],
    tag: 'Follow',
    summary: 'Your jobs, newest first',
    request: { querystring: listQuery },
    answers: { 200: answers('A page of jobs.', jobListSchema), 422: invalid },
    withinMs: parts.limits.answerWithinMs,
    handle,
  }
}
