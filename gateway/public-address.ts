// Says under which address a client reached the service, so that links in an answer can be opened as they are.
import type { FastifyRequest } from 'fastify'
import type { GatewayParts } from './gateway-parts.ts'

/** A host name or address with an optional port, and nothing else. */
const HOST = /^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/i

/** The configured address, else the host that the client named; relative links where that is no host at all. */
export function publicAddress(
  { publicUrl }: Pick<GatewayParts, 'publicUrl'>,
  request: FastifyRequest,
): string {
  if (publicUrl !== undefined) return publicUrl
  const host = request.headers.host ?? ''
  return HOST.test(host) ? `${request.protocol}://${host}` : ''
}
