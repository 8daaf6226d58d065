// What a command of the program gets from outside: where to print, what may stop it, and how to reach the pixels.
import type { Output } from './progress.ts'

export interface CommandIo {
  readonly out: Output
  readonly err: Output
  /** The environment's variables; commands read ours from it, whole and checked. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
}

/** A failure as one line for a person: its code where it has one, never a stack. */
export function failureText(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'code' in error && typeof error.code === 'string' ? `${error.code}: ${error.message}` : error.message
}
