// Counts and logs requests by route and status; neither names files, ids nor links.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { Log } from '#runtime/log.ts'
import { openRequestSpan } from '#runtime/trace.ts'

export interface GatewayMetrics {
  readonly requestSeconds: Histogram<'route' | 'method' | 'status'>
  readonly eventStreams: Gauge
  readonly decisions: Counter<'decision' | 'answer'>
  readonly creditsHeld: Counter
}

/** The gateway's own metrics in a registry. */
export function gatewayMetrics(registry: Registry): GatewayMetrics {
  const registers = [registry]
  return {
    requestSeconds: new Histogram({
      name: 'syntonym_http_request_seconds',
      help: 'Time from a request to the end of its answer.',
      labelNames: ['route', 'method', 'status'],
      buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
      registers,
    }),
    eventStreams: new Gauge({
      name: 'syntonym_http_event_streams',
      help: 'Server-sent event streams that are open.',
      registers,
    }),
    decisions: new Counter({
      name: 'syntonym_decisions_total',
      help: 'Decisions of clients by what they asked and what they were answered.',
      labelNames: ['decision', 'answer'],
      registers,
    }),
    creditsHeld: new Counter({
      name: 'syntonym_credits_held_total',
      help: 'Credits set aside by approvals.',
      registers,
    }),
  }
}

/** The pattern of the route, never the path: ids and signatures stay out of metrics and logs. */
const routeOf = (request: FastifyRequest): string => request.routeOptions.url ?? 'unknown'

export function watchRequests(server: FastifyInstance, metrics: GatewayMetrics, log: Log): void {
  const ends = new WeakMap<FastifyRequest, (status: number) => void>()
  server.addHook('onRequest', (request, _reply, done) => {
    const { method, headers } = request
    const end = openRequestSpan({ method, route: routeOf(request), headers }, done)
    if (end !== undefined) ends.set(request, end)
  })
  server.addHook('onResponse', (request, reply, done) => {
    ends.get(request)?.(reply.statusCode)
    const seconds = reply.elapsedTime / 1000
    const labels = { route: routeOf(request), method: request.method, status: String(reply.statusCode) }
    metrics.requestSeconds.observe(labels, seconds)
    log.debug({ ...labels, seconds, request_id: request.id }, 'request answered')
    done()
  })
}
