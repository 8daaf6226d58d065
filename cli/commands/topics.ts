// `syntonym topics create`: makes the topics and registers the schemas, as an explicit step that may be repeated.
import { openConfluentSchemaRegistry } from '#runtime/kafka/confluent-schema-registry.ts'
import { openKafkaBus } from '#runtime/kafka/kafka-bus.ts'
import type { TopicState } from '#runtime/kafka/kafka-topics.ts'
import { loadConfiguration } from '#runtime/service/configuration.ts'
import { jsonLog } from '#runtime/service/json-log.ts'
import { TOPICS } from '#schemas/topics.ts'
import { KAFKA, registerSchemas, SCHEMA_REGISTRY } from '../cluster-stores.ts'
import type { CommandIo } from '../command-io.ts'
import { EXIT, type ExitCode, UsageError } from '../exit-code.ts'
import { untilAnswered } from '../until-answered.ts'

const CLIENT_ID = 'syntonym-topics'

const said = (state: TopicState): string => {
  if (state.state !== 'other-partitions') return `${state.topic}: ${state.state}`
  return `${state.topic}: there, with ${state.partitions} partitions instead of ${state.planned}; left as it is`
}

function copiesOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^[1-9]\d?$/.test(text)) throw new UsageError(`--copies is a number from 1, not "${text}".`)
  return Number(text)
}

export async function createTopics(
  options: { readonly copies?: string; readonly json?: boolean },
  io: CommandIo,
): Promise<ExitCode> {
  const config = await loadConfiguration({ environment: io.environment, needsJobsRoot: false })
  if (config.mode !== 'cluster')
    throw new UsageError('Topics belong to cluster mode: set SYNTONYM_MODE=cluster.')
  const copies = copiesOf(options.copies)
  const log = jsonLog({
    room: 'topics',
    level: 'warn',
    destination: { write: (line) => void io.err.write(line) },
  })
  const { kafkaBrokers, schemaRegistryUrl } = config.cluster
  await using bus = openKafkaBus({ brokers: kafkaBrokers, clientId: CLIENT_ID, log })
  const waiting = { log, signal: io.signal }
  const topics = await untilAnswered(KAFKA, () => bus.createTopics(TOPICS, copies), waiting)
  const registry = openConfluentSchemaRegistry({ url: schemaRegistryUrl, clientId: CLIENT_ID })
  await untilAnswered(SCHEMA_REGISTRY, () => registerSchemas(registry), waiting)
  if (options.json === true) io.out.write(`${JSON.stringify({ topics })}\n`)
  else for (const state of topics) io.out.write(`${said(state)}\n`)
  return EXIT.done
}
