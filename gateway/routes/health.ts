// /livez says that the process answers, /readyz that everything it needs does, /metrics what it has counted.
import { access, constants } from 'node:fs/promises'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Registry } from 'prom-client'
import { z } from 'zod'
import { aliveSchema, notReadySchema, readySchema } from '#schemas/http/service-bodies.ts'
import type { GatewayParts } from '../gateway-parts.ts'
import { readDocs } from '../read-job.ts'
import { answers, type Operation } from './operation.ts'

const PART_WITHIN_MS = 2_000
const WITHIN_MS = 5_000
const RETRY_AFTER_SECONDS = '5'
/** No object lies here: the question is whether the store answers. */
const PROBE = 'health/probe'

const livez: Operation = {
  id: 'livez',
  path: '/livez',
  methods: ['GET'],
  tag: 'Service',
  summary: 'Whether the process answers',
  answers: { 200: answers('It does.', aliveSchema) },
  needs: 'nobody',
  withinMs: WITHIN_MS,
  handle: async (_request: FastifyRequest, reply: FastifyReply) => reply.send({ status: 'ok' }),
}

async function answersInTime(ask: Promise<unknown>): Promise<boolean> {
  const late = new Promise<boolean>((resolve) => setTimeout(resolve, PART_WITHIN_MS, false).unref())
  return Promise.race([ask.then(() => true).catch(() => false), late])
}

function readyz(parts: GatewayParts): Operation {
  const handle = async (_request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const asked = {
      decisions: parts.store.get(PROBE),
      views: readDocs(parts, []),
      objects: parts.objects.stat(PROBE),
      jobs_root: access(parts.jobsRoot.real, constants.R_OK),
    }
    const found = await Promise.all(
      Object.entries(asked).map(
        async ([name, ask]) => [name, (await answersInTime(ask)) ? 'ok' : 'down'] as const,
      ),
    )
    const down = found.filter(([, state]) => state === 'down').map(([name]) => name)
    const states = Object.fromEntries(found)
    if (down.length === 0) return reply.send({ status: 'ok', parts: states })
    return reply
      .code(503)
      .header('retry-after', RETRY_AFTER_SECONDS)
      .send({ detail: `Not ready: ${down.join(', ')}`, code: 'STORE_UNAVAILABLE', parts: states })
  }
  return {
    id: 'readyz',
    path: '/readyz',
    methods: ['GET'],
    tag: 'Service',
    summary: 'Whether everything that the service needs answers',
    answers: { 200: answers('Ready.', readySchema), 503: answers('Not ready.', notReadySchema) },
    needs: 'nobody',
    withinMs: WITHIN_MS,
    handle,
  }
}

const metrics = (registry: Registry): Operation => ({
  id: 'metrics',
  path: '/metrics',
  methods: ['GET'],
  tag: 'Service',
  summary: 'Counters and times for Prometheus',
  answers: { 200: answers('Prometheus text format.', z.string(), 'text/plain') },
  needs: 'nobody',
  withinMs: WITHIN_MS,
  handle: async (_request: FastifyRequest, reply: FastifyReply) =>
    reply
      .type(registry.contentType)
      .serializer(String)
      .send(await registry.metrics()),
})

export const healthOperations = (parts: GatewayParts, registry: Registry): readonly Operation[] => [
  livez,
  readyz(parts),
  metrics(registry),
]
