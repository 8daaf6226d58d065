// GET /download, /download_job and /detections: results by key or by a signed link, whole or in ranges.
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { detectionBodySchema } from '#schemas/http/detection-body.ts'
import { notFoundSchema, refusalSchema } from '#schemas/http/error-bodies.ts'
import { type Asked, type FoundDownload, findJobFile, findTaskFile } from '../find-download.ts'
import type { GatewayParts } from '../gateway-parts.ts'
import { accountOf } from '../http/identify.ts'
import { jobNotFound, Refusal, taskNotFound } from '../http/refusal.ts'
import { sendObject } from '../http/send-object.ts'
import { inTime } from '../in-time.ts'
import type { LinkKind } from '../signed-link.ts'
import { answers, invalid, jobParams, type Operation, refused, taskParams } from './operation.ts'

const linkQuery = z.object({
  expires: z.string().optional().meta({ description: 'End of a signed link, in seconds since 1970.' }),
  signature: z
    .string()
    .optional()
    .meta({ description: 'Signature of the link; without it a key is needed.' }),
})

/** Who asks: nobody in particular with a good link, else the account of the key. */
function asked(parts: GatewayParts, request: FastifyRequest, kind: LinkKind, id: string): Asked {
  const query = request.query as z.infer<typeof linkQuery>
  if (query.signature === undefined) return { id, accountId: accountOf(request).id }
  const { expires = '', signature } = query
  const verdict = parts.links.check(kind, id, { expires, signature })
  if (verdict === 'good') return { id, accountId: undefined }
  if (verdict === 'expired') {
    throw new Refusal(403, 'The link has expired; ask for the job result again', { code: 'LINK_EXPIRED' })
  }
  throw new Refusal(403, 'The link was not made by this service', { code: 'LINK_INVALID' })
}

interface DownloadKind {
  readonly kind: LinkKind
  readonly of: 'Job' | 'Task'
  readonly summary: string
  /** Of the whole file. */
  readonly mediaType: string
  readonly schema: z.ZodType
  readonly find: (parts: GatewayParts, asked: Asked) => Promise<FoundDownload>
}

const bytesSchema = z.string().meta({ format: 'binary' })

const KINDS: readonly DownloadKind[] = [
  {
    kind: 'download',
    of: 'Task',
    summary: 'The hidden picture or film of a task',
    mediaType: '*/*',
    schema: bytesSchema,
    find: (parts, who) => findTaskFile(parts, who, 'result'),
  },
  {
    kind: 'download_job',
    of: 'Job',
    summary: 'The packed results of an archive, or the one result of a single file',
    mediaType: '*/*',
    schema: bytesSchema,
    find: findJobFile,
  },
  {
    kind: 'detections',
    of: 'Task',
    summary: 'The detection document of a task: what was found where, and how surely',
    mediaType: 'application/json',
    schema: detectionBodySchema,
    find: (parts, who) => findTaskFile(parts, who, 'detections'),
  },
]

const noResult = (is: 'not-ready' | 'none'): Refusal =>
  is === 'not-ready'
    ? new Refusal(409, 'The result is not there yet', { code: 'RESULT_NOT_READY' })
    : new Refusal(409, 'There is no result: it failed or was cancelled', { code: 'RESULT_NONE' })

function download(
  parts: GatewayParts,
  { kind, of, summary, mediaType, schema, find }: DownloadKind,
): Operation {
  const byJob = of === 'Job'
  const handle = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const params = request.params as { job_id?: string; task_id?: string }
    const who = asked(parts, request, kind, params.job_id ?? params.task_id ?? '')
    const found = await inTime(parts.limits.answerWithinMs, find(parts, who))
    if (found.is === 'unknown') throw byJob ? jobNotFound() : taskNotFound()
    if (found.is !== 'there') throw noResult(found.is)
    return sendObject(parts, found.file, { request, reply })
  }
  return {
    id: kind,
    path: `/${kind}/:${byJob ? 'job_id' : 'task_id'}`,
    methods: ['GET'],
    tag: 'Fetch',
    summary,
    description:
      'Opens with a key, or without one through the signed link of a job result. Ranges are served.',
    request: { params: byJob ? jobParams : taskParams, querystring: linkQuery },
    answers: {
      200: answers('The file.', schema, mediaType),
      206: answers('The part that was asked for.', bytesSchema, '*/*'),
      403: refused(
        'The link is not ours or has expired; without keys also: the request names a foreign host.',
      ),
      404: answers(`${of} unknown, or the stored file is gone.`, z.union([refusalSchema, notFoundSchema])),
      409: refused('There is no result (yet).'),
      416: refused('The range lies behind the end.'),
      422: invalid,
    },
    needs: 'link',
    head: true,
    withinMs: undefined,
    handle,
  }
}

export const downloadOperations = (parts: GatewayParts): readonly Operation[] =>
  KINDS.map((kind) => download(parts, kind))
