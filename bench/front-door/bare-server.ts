// The yardstick: a Fastify server that answers each request with one GET of Redis, and nothing else.
import Fastify from 'fastify'
import { createClient } from 'redis'

const [url = '', key = ''] = process.argv.slice(2)
const redis = createClient({ url })
await redis.connect()
const server = Fastify()
server.get('/job_status/:job_id', async (_, reply) =>
  reply.type('application/json').send(await redis.get(key)),
)
console.log(await server.listen({ host: '127.0.0.1', port: 0 }))
