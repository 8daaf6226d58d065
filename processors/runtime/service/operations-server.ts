// Answers /livez, /readyz and /metrics on a port of its own, for the processes that have no other server.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Registry } from 'prom-client'
import { ConfigurationError } from '../configuration-error.ts'

export interface ReadinessCheck {
  readonly name: string
  /** Rejects when this is not ready. */
  readonly check: (signal: AbortSignal) => Promise<void>
}
/** Why something is not ready, in words that may leave the process: no names, paths or addresses. */
export class NotReady extends Error {
  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options)
    this.name = 'NotReady'
  }
}
export interface OperationsServer extends AsyncDisposable {
  readonly port: number
}

const CHECK_WITHIN_MS = 3_000

function answer(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body)
}
const answerJson = (response: ServerResponse, status: number, body: object) =>
  answer(response, status, 'application/json', JSON.stringify(body))

/** A start ends, and takes its check away, while others are still asked: the list is that of the beginning. */
async function ready(current: readonly ReadinessCheck[]): Promise<{ status: number; body: object }> {
  const checks = [...current]
  const signal = AbortSignal.timeout(CHECK_WITHIN_MS)
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  const results = await Promise.allSettled(checks.map(({ check }) => Promise.race([check(signal), late])))
  const failing = checks.filter((_, index) => results[index]?.status === 'rejected').map(({ name }) => name)
  const reasons = results.flatMap((result, index) => {
    if (result.status === 'fulfilled') return []
    if (result.reason instanceof NotReady) return result.reason.message
    return result.reason === signal.reason
      ? `${checks[index]?.name}: no answer within ${CHECK_WITHIN_MS / 1000} s`
      : []
  })
  return failing.length === 0
    ? { status: 200, body: { status: 'ready' } }
    : { status: 503, body: { status: 'not ready', failing, ...(reasons.length > 0 ? { reasons } : {}) } }
}

async function route(
  request: IncomingMessage,
  response: ServerResponse,
  options: { registry: Registry; checks: readonly ReadinessCheck[] },
): Promise<void> {
  const path = request.url?.split('?')[0]
  if (path === '/livez') return answerJson(response, 200, { status: 'alive' })
  if (path === '/readyz') {
    const { status, body } = await ready(options.checks)
    return answerJson(response, status, body)
  }
  if (path === '/metrics')
    return answer(response, 200, options.registry.contentType, await options.registry.metrics())
  return answerJson(response, 404, { detail: 'Not found' })
}

/**
 * Listens until disposed. `checks` are what /readyz asks; /livez asks nothing.
 * @throws {ConfigurationError} when the port cannot be opened.
 */
export async function startOperationsServer(options: {
  host: string
  /** 0: any free one. */
  port: number
  registry: Registry
  checks: readonly ReadinessCheck[]
}): Promise<OperationsServer> {
  const server = createServer((request, response) => {
    route(request, response, options).catch(() => answerJson(response, 500, { detail: 'Internal error' }))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      const errno = 'code' in cause ? String(cause.code) : 'unknown reason'
      const message = `The metrics port ${options.host}:${options.port} cannot be opened (${errno}). Choose another one with SYNTONYM_METRICS_PORT.`
      reject(new ConfigurationError(message, { cause }))
    })
    server.listen(options.port, options.host, resolve)
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
