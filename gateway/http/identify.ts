// Tells every request who it is from, and gives every answer its request id; routes then ask for the account.
import type { FastifyInstance, FastifyRequest, preParsingHookHandler } from 'fastify'
import type { Clock, Random } from '#runtime/clock.ts'
import { accountFinder, type Presented } from '../accounts/find-account.ts'
import { type Accounts, isLoopback } from '../accounts/load-accounts.ts'
import type { Account } from '../pure/key-file.ts'
import { Refusal } from './refusal.ts'

declare module 'fastify' {
  interface FastifyRequest {
    presented: Presented
  }
}

const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/

/** The client's own request id where it is harmless, else a fresh one. */
export const requestIds =
  (random: Random) =>
  (request: { headers: Record<string, string | string[] | undefined> }): string => {
    const given = request.headers['x-request-id']
    return typeof given === 'string' && REQUEST_ID.test(given) ? given : random.uuid()
  }

const hostName = (host: string): string => host.replace(/:\d+$/, '')

/** Finds out who each request is from. Nobody is refused here but those who name a foreign host without keys. */
export function identifyRequests(server: FastifyInstance, accounts: Accounts, clock: Clock): void {
  const find = accountFinder(accounts)
  server.decorateRequest('presented')
  server.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id)
    // A page of another site that reaches loopback under its own name (DNS rebinding) gets nothing.
    if (accounts.kind === 'local' && !isLoopback(hostName(request.headers.host ?? 'localhost'))) {
      const detail = 'Without keys the service answers to localhost only'
      return done(new Refusal(403, detail, { code: 'HOST_NOT_ALLOWED' }))
    }
    request.presented = find(request.headers, clock.now())
    done()
  })
}

/** The account of a request. @throws {Refusal} 401 without a good key. */
export function accountOf(request: FastifyRequest): Account {
  const { presented } = request
  if (presented.is === 'account') return presented.account
  const headers = { 'www-authenticate': 'Bearer' }
  if (presented.is === 'missing') {
    const detail = 'A key is needed: send it in access_token or as Authorization: Bearer'
    throw new Refusal(401, detail, { code: 'KEY_MISSING', headers })
  }
  throw new Refusal(401, 'The key is unknown or has expired', { code: 'KEY_INVALID', headers })
}

/** A hook for routes that nobody may use without an account; it runs before the body is read. */
export const requireAccount: preParsingHookHandler = (request, _reply, _payload, done) => {
  try {
    accountOf(request)
    done()
  } catch (error) {
    done(error as Error)
  }
}
