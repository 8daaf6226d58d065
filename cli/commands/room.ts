// `syntonym gateway | extractor | anonymizer | projection`: one room as a process of cluster mode, until it is stopped.
import { loadConfiguration } from '#runtime/service/configuration.ts'
import { jsonLog } from '#runtime/service/json-log.ts'
import { runService } from '#runtime/service/lifecycle.ts'
import { startTracing } from '#runtime/service/tracing.ts'
import { clusterMode, type RoomName } from '../cluster-mode.ts'
import type { CommandIo } from '../command-io.ts'
import { EXIT, type ExitCode, UsageError } from '../exit-code.ts'
import { VERSION } from '../version.ts'

/** Below the 30 s that Kubernetes gives a pod by default; what an anonymizer may drain comes on top. */
const GRACE_MS = 25_000
/** Rooms that open files by the path a client names. */
const NEEDS_JOBS_ROOT: ReadonlySet<RoomName> = new Set(['gateway', 'extractor'])

/** A library's socket that stays open after everything was stopped must not keep a dead room running. */
const LINGER_MS = 5_000

/** Aborts on SIGUSR2: an anonymizer then takes no new work and stays up, so that somebody can see to its node. */
function drainSwitch(): Disposable & { readonly signal: AbortSignal } {
  const drain = new AbortController()
  const onSignal = () => drain.abort()
  process.on('SIGUSR2', onSignal)
  return { signal: drain.signal, [Symbol.dispose]: () => void process.off('SIGUSR2', onSignal) }
}

const endWithin = (ms: number): Disposable => ({
  [Symbol.dispose]: () => void setTimeout(() => process.exit(), ms).unref(),
})

export async function room(name: RoomName, io: CommandIo): Promise<ExitCode> {
  const config = await loadConfiguration({
    environment: io.environment,
    needsJobsRoot: NEEDS_JOBS_ROOT.has(name),
  })
  if (config.mode !== 'cluster')
    throw new UsageError(
      `\`syntonym ${name}\` is cluster mode: set SYNTONYM_MODE=cluster. Local mode is \`syntonym dev\`.`,
    )
  await using _tracing = startTracing({
    endpoint: io.environment.OTEL_EXPORTER_OTLP_ENDPOINT,
    room: name,
    version: VERSION,
  })
  const log = jsonLog({
    room: name,
    level: config.logLevel,
    destination: { write: (line) => void io.err.write(line) },
  })
  using drain = drainSwitch()
  const mode = clusterMode(name, config, log, io.environment, drain.signal)
  using _end = endWithin(LINGER_MS)
  await runService({
    rooms: mode.rooms,
    log,
    signals: process,
    graceMs: GRACE_MS + config.drainSeconds * 1000,
    exit: (code) => process.exit(code),
    onReady: () => {
      const at = mode.address() === undefined ? '' : ` at ${mode.address()}`
      io.out.write(`Syntonym ${name} is ready${at} (health and metrics: ${mode.metricsAddress()})\n`)
    },
  })
  return EXIT.done
}
