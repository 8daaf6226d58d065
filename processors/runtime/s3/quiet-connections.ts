// Connections to the object store that end when the other side falls silent, so that nobody waits for ever.
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { Socket } from 'node:net'

/** A stalled store is noticed after this long without a byte. */
const SILENCE_MS = 20_000
const CONNECTIONS = 64

class ConnectionSilent extends Error {
  readonly code = 'ETIMEDOUT'
  constructor() {
    super(`no byte in ${SILENCE_MS / 1000} s`)
    this.name = 'ConnectionSilent'
  }
}

/** Silence that we caused by reading slowly does not count. */
function endWhenSilent(socket: Socket): void {
  socket.on('timeout', () => {
    if (!socket.isPaused()) socket.destroy(new ConnectionSilent())
  })
}

/** An agent for http or https whose connections are kept for the next request. */
export function quietConnections(secure: boolean): HttpAgent {
  const options = { keepAlive: true, maxSockets: CONNECTIONS, timeout: SILENCE_MS }
  const agent = secure ? new HttpsAgent(options) : new HttpAgent(options)
  const connect = agent.createConnection.bind(agent)
  agent.createConnection = (...args) => {
    const socket = connect(...args)
    // Both agents answer with the socket itself.
    if (socket) endWhenSilent(socket as Socket)
    return socket
  }
  return agent
}
