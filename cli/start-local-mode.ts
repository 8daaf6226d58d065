// Starts local mode inside this program, on a free loopback port, for commands that need a service for a moment.
import { jsonLog } from '#runtime/service/json-log.ts'
import { runService } from '#runtime/service/lifecycle.ts'
import { localMode } from './local-mode.ts'
import type { Environment } from './machine.ts'

const GRACE_MS = 20_000
const NO_SIGNALS = { on: () => undefined, off: () => undefined }

export interface InProcessService extends AsyncDisposable {
  readonly url: string
}

/** Resolves when the gateway answers. @throws what kept a room from starting */
export async function startLocalMode(
  folders: { readonly dataDir: string; readonly jobsRoot: string },
  environment: Environment,
): Promise<InProcessService> {
  const log = jsonLog({ room: 'local', level: 'error' })
  const mode = localMode({ ...folders, host: '127.0.0.1', port: 0, keysFile: undefined }, log, environment)
  const stop = new AbortController()
  const ready = Promise.withResolvers<void>()
  const running = runService({
    rooms: mode.rooms,
    log,
    signals: NO_SIGNALS,
    signal: stop.signal,
    graceMs: GRACE_MS,
    exit: (code) => process.exit(code),
    onReady: ready.resolve,
  })
  await Promise.race([ready.promise, running])
  const url = mode.address()
  if (url === undefined) throw new Error('The service ended before it was ready.')
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await running
    },
  }
}
