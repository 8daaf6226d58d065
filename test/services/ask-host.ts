// Asks the host of a run's servers for one of them.
import { request } from 'node:http'
import type { HostAnswer, HostRequest } from './protocol.ts'
import { ProgramMissing } from './run-program.ts'
import type { ServiceKind, Started } from './service-kinds.ts'

function send(socketPath: string, body: HostRequest): Promise<HostAnswer> {
  return new Promise((resolve, reject) => {
    const asking = request({ socketPath, method: 'POST', path: '/' }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.once('end', () => resolve(JSON.parse(text) as HostAnswer))
      response.once('error', reject)
    })
    asking.once('error', reject)
    asking.end(JSON.stringify(body))
  })
}

/** @throws {ProgramMissing} with the way to get it; an Error with what the server said when it did not start */
export async function askHost(socket: string, body: HostRequest): Promise<HostAnswer> {
  const answer = await send(socket, body)
  if (answer.is === 'missing') throw new ProgramMissing(answer.how)
  if (answer.is === 'failed') throw new Error(answer.reason)
  return answer
}

export type AllStarted<K extends ServiceKind> = { readonly [P in K]: Started<P> }

export async function startedBy<K extends ServiceKind>(
  socket: string,
  what: 'share' | 'own',
  kind: K,
): Promise<Started<K>> {
  const answer = await askHost(socket, { do: what, kind })
  if (answer.is !== 'started') throw new Error(`the host answered ${answer.is}`)
  return answer.started as Started<K>
}

/** Several at once, by their kinds. */
export async function allStartedBy<K extends ServiceKind>(
  socket: string,
  what: 'share' | 'own',
  kinds: readonly K[],
): Promise<AllStarted<K>> {
  const started = await Promise.all(kinds.map((kind) => startedBy(socket, what, kind)))
  return Object.fromEntries(kinds.map((kind, i) => [kind, started[i]])) as AllStarted<K>
}
