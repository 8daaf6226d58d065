// Turns requests away politely while the gateway is being stopped, so that a client tries the next one.
import type { FastifyInstance } from 'fastify'
import { Refusal } from './refusal.ts'

export function refuseWhileStopping(server: FastifyInstance, stopping: AbortSignal): void {
  server.addHook('onRequest', (request, reply, done) => {
    if (!stopping.aborted) return done()
    reply.headers({ 'x-request-id': request.id, connection: 'close' })
    done(new Refusal(503, 'The service is being stopped; try again later', { code: 'STOPPING' }))
  })
}
