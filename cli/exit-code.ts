// Gives the exit codes of the command line their meaning.

export const EXIT = {
  done: 0,
  failed: 1,
  wrongUse: 2,
  doneWithErrors: 3,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** Wrong use: the message says what to do; no stack is shown. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UsageError'
  }
}

/** The code for a batch of files: all good, some failed, or nothing came out. */
export function exitCodeFor(files: { readonly good: number; readonly bad: number }): ExitCode {
  if (files.bad === 0) return EXIT.done
  return files.good > 0 ? EXIT.doneWithErrors : EXIT.failed
}
