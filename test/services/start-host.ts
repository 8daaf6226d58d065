// Starts the host of servers for a run, outside this process, so that even `kill -9` of this one leaves no server behind.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { clearDeadRuns, makeRunFolder } from './run-folder.ts'

export interface ServiceHost extends AsyncDisposable {
  /** Where `askHost` finds it. */
  readonly socket: string
}

export async function startServiceHost(): Promise<ServiceHost> {
  clearDeadRuns()
  const folder = makeRunFolder()
  const host = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      '--disable-warning=TimeoutNegativeWarning',
      join(import.meta.dirname, 'host-main.ts'),
      folder,
    ],
    { stdio: ['pipe', 'pipe', 'inherit'], detached: true },
  )
  const ended = once(host, 'close')
  await Promise.race([
    once(host.stdout, 'data'),
    ended.then(([code]) => {
      throw new Error(`the host of the test servers ended with ${code} while it started`)
    }),
  ])
  // It must not keep this process alive; it ends with it.
  host.unref()
  return {
    socket: join(folder, 'socket'),
    async [Symbol.asyncDispose]() {
      host.ref()
      host.stdin.end()
      await ended
    },
  }
}
