// Sends the headers that keep browsers from doing more with an answer than showing it.
import type { ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import helmet from 'helmet'

/** For answers that are data: nothing in them may load or run anything. */
const DATA_POLICY = { defaultSrc: ["'none'"], frameAncestors: ["'none'"] }

/** For the reference pages: everything they need comes from this service. */
export const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; " +
  "connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** What helmet would set on every answer: none of it depends on the request, so it is asked once. */
function dataHeaders(): Readonly<Record<string, string>> {
  const set = helmet({
    contentSecurityPolicy: { useDefaults: false, directives: DATA_POLICY },
    // On-premise installs speak HTTP or put TLS in front; whoever does the latter also says so there.
    strictTransportSecurity: false,
  })
  const headers: Record<string, string> = {}
  const recorder = {
    setHeader: (name: string, value: string) => {
      headers[name.toLowerCase()] = value
    },
    removeHeader: () => undefined,
  }
  // helmet asks nothing of the request, and of the answer only these two.
  set({} as Parameters<typeof set>[0], recorder as unknown as ServerResponse, (error) => {
    if (error !== undefined) throw error
  })
  return headers
}

export function sendSecurityHeaders(server: FastifyInstance): void {
  const headers = dataHeaders()
  server.addHook('onRequest', (_request, reply, done) => {
    reply.headers(headers)
    done()
  })
}
