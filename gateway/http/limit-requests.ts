// Keeps one client from taking the service away from the others: rates per account, and 503 when the process is drowning.
import rateLimit from '@fastify/rate-limit'
import underPressure from '@fastify/under-pressure'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { GatewayLimits } from '../gateway-parts.ts'
import { Refusal } from './refusal.ts'

const MINUTE_MS = 60_000
const DROWNING_RETRY_SECONDS = 10

const clientOf = (request: FastifyRequest): string =>
  request.presented?.is === 'account' ? `account ${request.presented.account.id}` : `address ${request.ip}`

/** Limits every route registered after it. */
export async function limitRequests(server: FastifyInstance, limits: GatewayLimits): Promise<void> {
  await server.register(underPressure, {
    maxEventLoopDelay: limits.eventLoopDelayMs,
    pressureHandler: () => {
      const options = { code: 'OVERLOADED' as const, retryAfterSeconds: DROWNING_RETRY_SECONDS }
      throw new Refusal(503, 'The service is overloaded; try again later', options)
    },
  })
  if (limits.requestsPerMinute === undefined) return
  await server.register(rateLimit, {
    max: limits.requestsPerMinute,
    timeWindow: MINUTE_MS,
    keyGenerator: clientOf,
    errorResponseBuilder: (_request, { ttl }) =>
      new Refusal(429, 'Too many requests; wait and try again', {
        code: 'RATE_LIMITED',
        retryAfterSeconds: Math.max(1, Math.ceil(ttl / 1000)),
      }),
  })
}
