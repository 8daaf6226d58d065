// Finds loopback ports that nobody listens on, below the range from which outgoing connections take theirs.
import { createServer } from 'node:net'

const LOWEST = 15_000
const HIGHEST = 31_000
const TRIES = 200

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })

/** Different free ports, random so that two runs side by side hardly meet; a server that meets one starts again. */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>()
  for (let tries = 0; found.size < count && tries < TRIES; tries += 1) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST))
    if (!found.has(port) && (await isFree(port))) found.add(port)
  }
  if (found.size < count) throw new Error(`no ${count} free ports were found in ${TRIES} tries`)
  return [...found]
}
