// Sorts kafkajs's errors: what a broker, a network or a rebalance may mend is transient, everything else stays what it was.
import { TransientFailure } from '../failure.ts'

/** Group protocol: the answer after the next join is a good one. https://kafka.apache.org/protocol#protocol_error_codes */
const REJOINED = new Set([
  'REBALANCE_IN_PROGRESS',
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'FENCED_INSTANCE_ID',
])
/** A new producer gets a new id and a new sequence; what was sent may then be there twice, which readers bear. */
const NEW_PRODUCER = new Set([
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
  'PRODUCER_FENCED',
])
/** The consumer is between two runs: it starts again by itself. */
const BETWEEN_RUNS = /not initialized|has not been connected|is disconnected|must be called first/

interface KafkaError extends Error {
  readonly retriable?: boolean
  readonly type?: string
  readonly cause?: unknown
}

function chain(error: unknown): KafkaError[] {
  const found: KafkaError[] = []
  for (let e = error; e instanceof Error && found.length < 8; e = (e as KafkaError).cause) found.push(e)
  return found
}

const isTransient = (error: KafkaError): boolean =>
  error.name === 'KafkaJSNumberOfRetriesExceeded' ||
  error.retriable === true ||
  REJOINED.has(error.type ?? '') ||
  NEW_PRODUCER.has(error.type ?? '') ||
  (error.name.startsWith('KafkaJS') && BETWEEN_RUNS.test(error.message))

/** A TransientFailure STORE_UNAVAILABLE, or the error unchanged. */
export function kafkaFailure(error: unknown): unknown {
  if (!chain(error).some(isTransient)) return error
  return new TransientFailure('STORE_UNAVAILABLE', 'Kafka does not answer, or not yet.', { cause: error })
}
