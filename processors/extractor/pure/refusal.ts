// A file that cannot go on, with the code that the user sees.
import type { FailureCode } from '#schemas/failure-codes.ts'

export interface Refusal {
  readonly code: FailureCode
  /** One sentence for the user; never a path, never a name. */
  readonly detail: string
}

export const refusal = (code: FailureCode, detail: string): { verdict: 'refused' } & Refusal => ({
  verdict: 'refused',
  code,
  detail,
})
