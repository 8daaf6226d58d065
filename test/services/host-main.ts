// The process that owns a test run's servers: starts them on demand, and stops them all when whoever started it is gone.
import { rmSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import type { HostAnswer, HostRequest } from './protocol.ts'
import { ServerFleet } from './server-fleet.ts'

const [folder = ''] = process.argv.slice(2)
const fleet = new ServerFleet({
  environment: process.env,
  folder,
  say: (line) => console.error(`services: ${line}`),
})

async function answer(request: HostRequest): Promise<HostAnswer> {
  switch (request.do) {
    case 'share':
      return { is: 'started', started: await fleet.share(request.kind) }
    case 'own':
      return { is: 'started', started: await fleet.own(request.kind) }
    case 'kill':
      await fleet.kill(request.id, request.member)
      return { is: 'stopped' }
    case 'restart':
      return { is: 'restarted', pid: await fleet.restart(request.id, request.member) }
    case 'stop':
      await fleet.stop(request.id)
      return { is: 'stopped' }
  }
}

async function read(request: IncomingMessage): Promise<HostRequest> {
  let text = ''
  for await (const chunk of request) text += chunk
  return JSON.parse(text) as HostRequest
}

const failure = (error: unknown): HostAnswer => {
  const reason = error instanceof Error ? error.message : String(error)
  return error instanceof Error && error.name === 'ProgramMissing'
    ? { is: 'missing', how: reason }
    : { is: 'failed', reason }
}

const server = createServer({ requestTimeout: 0 }, (request, response) => {
  read(request)
    .then(answer)
    .catch(failure)
    .then((said) => response.end(JSON.stringify(said)))
})
server.listen(join(folder, 'socket'), () => console.log('ready'))

/** The pipe closes when the parent ends, however it ends. */
process.stdin.resume()
process.stdin.once('close', async () => {
  await fleet.stopAll()
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
  process.exit(0)
})
