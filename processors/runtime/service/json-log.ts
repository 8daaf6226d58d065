// The logger of a process: one JSON line per entry, without secrets, file names or paths of users.
import { type DestinationStream, type Logger, pino } from 'pino'
import { traceId } from '../trace.ts'
import { safeError } from './pure/safe-error.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** Fields that never reach a log, at the top or one level down. */
const HIDDEN = [
  'access_token',
  'authorization',
  'file_name',
  'file_path',
  'input_file',
  'key',
  'password',
  'path',
  'secret',
  'secretKey',
  'source',
  'submitted_name',
  'url',
]

/**
 * A pino logger that satisfies `Log`. Errors go under the field `error` and lose the paths they were about.
 * `destination` is standard output unless given.
 */
export function jsonLog(options: { room: string; level: LogLevel; destination?: DestinationStream }): Logger {
  const settings = {
    level: options.level,
    base: { room: options.room },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { error: safeError, err: safeError },
    mixin: () => {
      const trace_id = traceId()
      return trace_id === undefined ? {} : { trace_id }
    },
    redact: { paths: HIDDEN.flatMap((name) => [name, `*.${name}`]), remove: true },
  }
  return options.destination ? pino(settings, options.destination) : pino(settings)
}
