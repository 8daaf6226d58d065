// Sorts the errors of the Redis client: whatever waiting may heal is transient, everything else stays what it was.
import {
  AbortError,
  ClientClosedError,
  ClientOfflineError,
  ConnectionTimeoutError,
  DisconnectsClientError,
  ErrorReply,
  ReconnectStrategyError,
  SocketClosedUnexpectedlyError,
  SocketTimeoutError,
  TimeoutError,
} from 'redis'
import { failureKind, TransientFailure } from '../failure.ts'

const CONNECTION_LOST = [
  AbortError,
  ClientClosedError,
  ClientOfflineError,
  ConnectionTimeoutError,
  DisconnectsClientError,
  ReconnectStrategyError,
  SocketClosedUnexpectedlyError,
  SocketTimeoutError,
  TimeoutError,
]
/** Answers of a server that is starting, failing over, full or without its replicas. */
const SERVER_NOT_ABLE = /^(LOADING|MASTERDOWN|READONLY|OOM|MISCONF|NOREPLICAS|BUSY|TRYAGAIN|CLUSTERDOWN)\b/

export const storeAway = (cause?: unknown): TransientFailure =>
  new TransientFailure('STORE_UNAVAILABLE', 'The store of decisions and views does not answer.', { cause })

/** The error as one of our kinds, or unchanged where it is a mistake. */
export function redisFailure(error: unknown): unknown {
  if (CONNECTION_LOST.some((kind) => error instanceof kind)) return storeAway(error)
  if (error instanceof ErrorReply) return SERVER_NOT_ABLE.test(error.message) ? storeAway(error) : error
  return failureKind(error).kind === 'transient' ? storeAway(error) : error
}

/** Whether the server does not have our functions: it is a new one, or somebody removed them. */
export const lacksFunctions = (error: unknown): boolean =>
  error instanceof ErrorReply && /function not found/i.test(error.message)
