// Sends the headers that keep browsers from doing more with an answer than showing it.
import helmet from '@fastify/helmet'
import type { FastifyInstance } from 'fastify'

/** For answers that are data: nothing in them may load or run anything. */
const DATA_POLICY = { defaultSrc: ["'none'"], frameAncestors: ["'none'"] }

/** For the reference pages: everything they need comes from this service. */
export const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; " +
  "connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

export async function sendSecurityHeaders(server: FastifyInstance): Promise<void> {
  await server.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: DATA_POLICY },
    // On-premise installs speak HTTP or put TLS in front; whoever does the latter also says so there.
    strictTransportSecurity: false,
  })
}
