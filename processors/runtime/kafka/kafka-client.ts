// Makes the kafkajs client with our limits and our log; kafkajs's own retries are short, ours are above it.
import { Kafka, type LogEntry, logLevel, type RetryOptions } from 'kafkajs'
import type { Log } from '../log.ts'

export interface KafkaOptions {
  readonly brokers: readonly string[]
  /** Shown in the brokers' logs and quotas. */
  readonly clientId: string
  readonly log: Log
  /** A member that is silent for so long loses its partitions. */
  readonly sessionTimeoutMs?: number
  /** How long an answer may take. */
  readonly requestTimeoutMs?: number
}

const CONNECT_MS = 3_000
const REQUEST_MS = 10_000
export const RETRY: RetryOptions = { retries: 4, initialRetryTime: 100, maxRetryTime: 2_000 }

/** What kafkajs calls an error is mostly a retry of its own: it is ours to warn of, not to be alarmed by. */
const say =
  (log: Log) =>
  ({ level, namespace, log: { message, error, groupId } }: LogEntry): void => {
    const fields = {
      client: namespace,
      ...(groupId && { group: groupId }),
      ...(error && { reason: String(error) }),
    }
    // A producer whose retries ended is replaced, so that nothing rests on its sequence.
    if (message.startsWith('Limiting retries')) return
    if (level === logLevel.ERROR || level === logLevel.WARN) log.warn(fields, message)
    else log.debug(fields, message)
  }

export function kafkaClient({ brokers, clientId, log, requestTimeoutMs = REQUEST_MS }: KafkaOptions): Kafka {
  return new Kafka({
    brokers: [...brokers],
    clientId,
    connectionTimeout: CONNECT_MS,
    requestTimeout: requestTimeoutMs,
    retry: RETRY,
    logLevel: logLevel.WARN,
    logCreator: () => say(log),
  })
}
