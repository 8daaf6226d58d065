// Opens the bus alone, in the mode that is configured, for commands that look at it from outside.
import type { Bus } from '#runtime/bus/bus.ts'
import { openKafkaBus } from '#runtime/kafka/kafka-bus.ts'
import { loadConfiguration } from '#runtime/service/configuration.ts'
import { jsonLog } from '#runtime/service/json-log.ts'
import { openLocalStores } from '#runtime/sqlite/local-stores.ts'
import type { CommandIo } from './command-io.ts'

/** @throws {ConfigurationError}; in local mode also while the service runs on the data folder */
export async function openConfiguredBus(
  io: CommandIo,
  clientId: string,
): Promise<{ bus: Bus } & AsyncDisposable> {
  const config = await loadConfiguration({ environment: io.environment, needsJobsRoot: false })
  if (config.mode === 'local') {
    const clock = { now: () => Date.now() }
    return openLocalStores({ dataDir: config.dataDir, ownerName: String(process.pid), clock })
  }
  const destination = { write: (line: string) => void io.err.write(line) }
  const log = jsonLog({ room: 'command', level: 'error', destination })
  const bus = openKafkaBus({ brokers: config.cluster.kafkaBrokers, clientId, log })
  return { bus, [Symbol.asyncDispose]: () => bus[Symbol.asyncDispose]() }
}
