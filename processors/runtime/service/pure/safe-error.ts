// What of an error may be logged: its kind, code and stack, without paths of files it was about.

export interface SafeError {
  readonly name: string
  readonly code?: string
  readonly message: string
  readonly stack?: readonly string[]
  readonly cause?: SafeError
}

const STACK_LINES = 12
const CAUSES = 3

interface SystemError extends Error {
  readonly code: string
  readonly syscall: string
}
/** Errors of the system carry the path in message and stack. */
const isSystemError = (error: Error): error is SystemError => 'syscall' in error && 'code' in error

const framesOf = (stack: string | undefined): string[] =>
  (stack ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('at '))
    .slice(0, STACK_LINES)

/** Any thrown value as plain data for a log line. */
export function safeError(error: unknown, causes = CAUSES): SafeError {
  if (!(error instanceof Error)) return { name: typeof error, message: 'not an Error' }
  const code = 'code' in error ? { code: String(error.code) } : {}
  const message = isSystemError(error) ? `${error.syscall} failed with ${error.code}` : error.message
  const stack = framesOf(error.stack)
  const cause = error.cause === undefined || causes === 0 ? {} : { cause: safeError(error.cause, causes - 1) }
  return { name: error.name, ...code, message, ...(stack.length > 0 ? { stack } : {}), ...cause }
}
