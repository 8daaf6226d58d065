// Puts the HTTP server together: what every request passes, then the operations, then the reference pages.
import Fastify, { type FastifyInstance } from 'fastify'
import { serializerCompiler } from 'fastify-type-provider-zod'
import type { Registry } from 'prom-client'
import type { Accounts } from './accounts/load-accounts.ts'
import { describeRoutes } from './docs/openapi-document.ts'
import { servePages } from './docs/reference-pages.ts'
import type { GatewayParts } from './gateway-parts.ts'
import { answerErrors, sendError } from './http/answer-errors.ts'
import { answerBrokenRequests } from './http/broken-requests.ts'
import { identifyRequests, requestIds } from './http/identify.ts'
import { limitRequests } from './http/limit-requests.ts'
import { checkPart, ignoreBodies, readJsonBodies } from './http/read-requests.ts'
import { refuseWhileStopping } from './http/refuse-while-stopping.ts'
import { sendSecurityHeaders } from './http/security-headers.ts'
import { answerUnknownRoutes } from './http/unknown-routes.ts'
import { watchRequests } from './http/watch-requests.ts'
import { addOperation } from './routes/operation.ts'
import { operationsOf } from './routes/operations.ts'

const MAX_PARAMETER_CHARACTERS = 200
/** A request must have arrived whole by then, or its line is cut. */
const REQUEST_WITHIN_MS = 60_000
const PREFIX = '/v1'

/** Every path is served with and without the prefix. */
const withoutPrefix = (url: string): string => (url.startsWith(`${PREFIX}/`) ? url.slice(PREFIX.length) : url)

/** A server with everything registered, not yet listening. */
export async function buildServer(
  parts: GatewayParts,
  accounts: Accounts,
  registry: Registry,
): Promise<FastifyInstance> {
  const server = Fastify({
    logger: false,
    genReqId: requestIds(parts.random),
    bodyLimit: parts.limits.bodyBytes,
    requestTimeout: REQUEST_WITHIN_MS,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: true,
    rewriteUrl: (request) => withoutPrefix(request.url ?? '/'),
    routerOptions: { maxParamLength: MAX_PARAMETER_CHARACTERS },
    frameworkErrors: (error, request, reply) => {
      reply.header('x-request-id', request.id)
      sendError(error, request, reply, parts.log)
    },
    clientErrorHandler: answerBrokenRequests(parts.random),
  })
  server.setValidatorCompiler(checkPart)
  server.setSerializerCompiler(serializerCompiler)
  answerErrors(server, parts.log)
  refuseWhileStopping(server, parts.stopping)
  identifyRequests(server, accounts, parts.clock)
  watchRequests(server, parts.metrics, parts.log)
  answerUnknownRoutes(server)
  sendSecurityHeaders(server)
  await limitRequests(server, parts.limits)
  await describeRoutes(server)
  await server.register(async (api) => addOperations(api, parts, registry))
  await servePages(server)
  await server.ready()
  return server
}

/** Operations that take a body read JSON; the others let any body pass. */
async function addOperations(api: FastifyInstance, parts: GatewayParts, registry: Registry): Promise<void> {
  const operations = operationsOf(parts, registry)
  await api.register(async (scope) => {
    readJsonBodies(scope)
    for (const operation of operations)
      if (operation.request?.body !== undefined) addOperation(scope, operation)
  })
  await api.register(async (scope) => {
    ignoreBodies(scope)
    for (const operation of operations)
      if (operation.request?.body === undefined) addOperation(scope, operation)
  })
}
