// `syntonym dev`: the whole service in one process until it is stopped; prints its address when it is ready.
import { loadConfiguration } from '#runtime/service/configuration.ts'
import { jsonLog } from '#runtime/service/json-log.ts'
import { runService } from '#runtime/service/lifecycle.ts'
import { startTracing } from '#runtime/service/tracing.ts'
import type { CommandIo } from '../command-io.ts'
import { EXIT, type ExitCode, UsageError } from '../exit-code.ts'
import { localMode } from '../local-mode.ts'
import { VERSION } from '../version.ts'

export interface DevOptions {
  readonly dataDir?: string
  readonly jobsRoot?: string
  readonly host?: string
  readonly port?: string
}

const GRACE_MS = 30_000

export async function dev(options: DevOptions, io: CommandIo): Promise<ExitCode> {
  const config = await loadConfiguration({ environment: io.environment, flags: options, needsJobsRoot: true })
  if (config.mode !== 'local')
    throw new UsageError('`syntonym dev` is local mode; SYNTONYM_MODE says cluster.')
  const log = jsonLog({ room: 'local', level: config.logLevel })
  await using _tracing = startTracing({
    endpoint: io.environment.OTEL_EXPORTER_OTLP_ENDPOINT,
    room: 'local',
    version: VERSION,
  })
  const mode = localMode(config, log, io.environment)
  await runService({
    rooms: mode.rooms,
    log,
    signals: process,
    graceMs: GRACE_MS,
    exit: (code) => process.exit(code),
    onReady: () => {
      io.out.write(`Syntonym local mode is ready at ${mode.address()} (operations: ${mode.address()}/docs)\n`)
      io.out.write(
        `Jobs root ${config.jobsRoot}, data folder ${config.dataDir}. For one machine; Ctrl-C stops it.\n`,
      )
    },
  })
  return EXIT.done
}
