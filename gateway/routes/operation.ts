// Registers one operation of the API under all its methods and names, with everything it can answer written down.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { notFoundSchema, refusalSchema, validationErrorSchema } from '#schemas/http/error-bodies.ts'
import { Deadlines } from '../http/deadlines.ts'
import { requireAccount } from '../http/identify.ts'

/** One answer of an operation as the reference shows it. */
export interface DocumentedAnswer {
  readonly description: string
  readonly content: Readonly<Record<string, { readonly schema: z.ZodType }>>
}

/** A JSON answer, or one of another media type. */
export const answers = (
  description: string,
  schema: z.ZodType,
  mediaType = 'application/json',
): DocumentedAnswer => ({ description, content: { [mediaType]: { schema } } })

/** What every operation can answer besides its own. */
const ALWAYS: Readonly<Record<number, DocumentedAnswer>> = {
  400: answers('The request cannot be read.', refusalSchema),
  403: answers('Without keys: the request names a host that is not local.', refusalSchema),
  414: answers('The address is too long.', refusalSchema),
  429: answers('Too many requests; Retry-After says how long to wait.', refusalSchema),
  500: answers('A mistake of ours.', refusalSchema),
  503: answers(
    'A store is down or the service is overloaded; Retry-After says when to come back.',
    refusalSchema,
  ),
}
const NEEDS_KEY = { 401: answers('No key, or one that is unknown or has expired.', refusalSchema) }

export const notFound = (what: string): DocumentedAnswer => answers(`${what} unknown.`, notFoundSchema)
export const invalid = answers('The request does not match the reference.', validationErrorSchema)
export const refused = (description: string): DocumentedAnswer => answers(description, refusalSchema)

/** Ids are any text: one that was never given is unknown, not wrong. */
export const jobParams = z.object({
  job_id: z.string().meta({ examples: ['3d2f6a0e-5f63-4c40-9c36-0f6f8c1f2a11'] }),
})
export const taskParams = z.object({
  task_id: z.string().meta({ examples: ['9a1c7d0e-0f5b-5e0c-8f63-2b7d0c1e4f22'] }),
})

export interface Operation {
  readonly id: string
  readonly path: string
  /** The first is the usual one, the others are there for clients that guess differently. */
  readonly methods: readonly ('GET' | 'POST' | 'PUT' | 'DELETE')[]
  /** Other paths with the same meaning, by operation id. */
  readonly aliases?: Readonly<Record<string, string>>
  readonly tag: string
  readonly summary: string
  readonly description?: string
  readonly request?: {
    readonly params?: z.ZodType
    readonly querystring?: z.ZodType
    readonly headers?: z.ZodType
    readonly body?: z.ZodType
  }
  readonly answers: Readonly<Record<number, DocumentedAnswer>>
  /** `link`: a signed link also opens it. `nobody`: no key is asked for. */
  readonly needs?: 'key' | 'link' | 'nobody'
  /** The handler itself answers HEAD too; operations that stream must, or have none. */
  readonly head?: boolean
  /** Milliseconds after which it is answered 503; undefined for answers that stream. */
  readonly withinMs: number | undefined
  readonly handle: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>
}

/** Whoever watches the service must hear from it most of all when it is busy. */
const UNLIMITED = { rateLimit: false, pressureHandler: () => undefined } as const

const SECURITY = [{ access_token: [] }, { bearer: [] }]

export function addOperation(server: FastifyInstance, operation: Operation): void {
  const names = [{ id: operation.id, path: operation.path }]
  for (const [id, path] of Object.entries(operation.aliases ?? {})) names.push({ id, path })
  for (const { id, path } of names) {
    for (const [index, method] of operation.methods.entries()) {
      const operationId = index === 0 ? id : `${id}_${method.toLowerCase()}`
      addRoute(server, operation, { method, path, operationId })
    }
    if (operation.head === true)
      addRoute(server, operation, { method: 'HEAD', path, operationId: `${id}_head` })
  }
}

interface RoutePlace {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  readonly operationId: string
}

function addRoute(server: FastifyInstance, operation: Operation, place: RoutePlace): void {
  const needs = operation.needs ?? 'key'
  const { summary, description, tag, withinMs, handle } = operation
  // Bodies that come slowly are the server's own limit to see; a read has none.
  const isRead = place.method === 'GET' || place.method === 'HEAD'
  const reads = isRead && withinMs !== undefined ? new Deadlines(withinMs) : undefined
  server.route({
    method: place.method,
    url: place.path,
    ...(withinMs === undefined || isRead ? {} : { handlerTimeout: withinMs }),
    exposeHeadRoute: withinMs !== undefined,
    ...(needs === 'key' ? { preParsing: requireAccount } : {}),
    ...(needs === 'nobody' ? { config: UNLIMITED } : {}),
    schema: {
      ...operation.request,
      response: { ...ALWAYS, ...(needs === 'nobody' ? {} : NEEDS_KEY), ...operation.answers },
      hide: place.method === 'HEAD',
      operationId: place.operationId,
      summary,
      tags: [tag],
      security: needs === 'nobody' ? [] : SECURITY,
      ...(description === undefined ? {} : { description }),
    },
    handler:
      reads === undefined ? handle : (request, reply) => reads.within(reply, () => handle(request, reply)),
  })
}
