// Turns every error into the answer a client may see; what we did not foresee is logged and told without its inside.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { failureKind } from '#runtime/failure.ts'
import type { Log } from '#runtime/log.ts'
import { InvalidRequest, Refusal } from './refusal.ts'

export interface ErrorAnswer {
  readonly status: number
  readonly body: object
  readonly headers: Readonly<Record<string, string>>
  /** Whether somebody has to look into it. */
  readonly unforeseen: boolean
}

const RETRY_AFTER_SECONDS = 5

/** Errors of the HTTP framework that are the client's doing. */
const FRAMEWORK: Readonly<Record<string, { status: number; detail: string; code: string }>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: {
    status: 413,
    detail: 'The request body is too large',
    code: 'BODY_TOO_LARGE',
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    status: 415,
    detail: 'The request body must be JSON: send Content-Type: application/json',
    code: 'BODY_NOT_JSON',
  },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    status: 400,
    detail: 'The request body is not as long as its Content-Length says',
    code: 'REQUEST_INVALID',
  },
  FST_ERR_BAD_URL: { status: 400, detail: 'The address cannot be read', code: 'REQUEST_INVALID' },
  FST_ERR_MAX_PARAM_LENGTH: { status: 414, detail: 'The address is too long', code: 'REQUEST_INVALID' },
  FST_ERR_HANDLER_TIMEOUT: {
    status: 503,
    detail: 'A store did not answer in time; try again later',
    code: 'NO_ANSWER_IN_TIME',
  },
}

const refusalAnswer = (
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): ErrorAnswer => ({
  status,
  body,
  headers:
    status === 503 || status === 429 ? { 'retry-after': String(RETRY_AFTER_SECONDS), ...headers } : headers,
  unforeseen: false,
})

/** What a client is told about an error. */
export function errorAnswer(error: unknown): ErrorAnswer {
  if (error instanceof InvalidRequest) {
    const code = error.apiCode === undefined ? {} : { code: error.apiCode }
    return refusalAnswer(422, { detail: error.issues, ...code })
  }
  if (error instanceof Refusal) {
    const retry =
      error.retryAfterSeconds === undefined ? {} : { 'retry-after': String(error.retryAfterSeconds) }
    const code = error.apiCode === undefined ? {} : { code: error.apiCode }
    return refusalAnswer(error.statusCode, { detail: error.message, ...code }, { ...error.headers, ...retry })
  }
  const known = FRAMEWORK[error instanceof Error && 'code' in error ? String(error.code) : '']
  if (known !== undefined) return refusalAnswer(known.status, { detail: known.detail, code: known.code })
  return failureAnswer(error)
}

function failureAnswer(error: unknown): ErrorAnswer {
  const failure = failureKind(error)
  if (failure.kind === 'transient') {
    return refusalAnswer(503, { detail: failure.detail, code: failure.code })
  }
  if (failure.kind === 'permanent' && failure.code === 'OBJECT_MISSING') {
    return refusalAnswer(404, { detail: 'The stored file is gone', code: failure.code })
  }
  return {
    status: 500,
    body: {
      detail: 'A mistake of ours; the log has it under the X-Request-Id of this answer',
      code: 'INTERNAL',
    },
    headers: {},
    unforeseen: true,
  }
}

/** Sends the answer of an error. */
export function sendError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  log: Log,
): FastifyReply {
  const answer = errorAnswer(error)
  if (answer.unforeseen)
    log.error({ err: error, request_id: request.id }, 'a request failed for no known reason')
  return reply
    .code(answer.status)
    .headers(answer.headers)
    .type('application/json; charset=utf-8')
    .serializer(JSON.stringify)
    .send(answer.body)
}

/** Puts the error answers into a server. */
export function answerErrors(server: FastifyInstance, log: Log): void {
  server.setErrorHandler((error, request, reply) => sendError(error, request, reply, log))
}
