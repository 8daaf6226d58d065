// Puts a worker's failure into words for outside: a documented code, and a text in which no path appears.
import { failureKind } from '#runtime/failure.ts'
import { isFailureCode } from '#schemas/failure-codes.ts'

export interface FailureAnswer {
  readonly code: string
  readonly detail: string
}

const MISTAKE: FailureAnswer = { code: 'INTERNAL', detail: 'A mistake of ours.' }
/** Two or more names with slashes before them. */
const PATH = /(?:\/[^\s/'"]+){2,}/g

/** A failure without a code of ours is `INTERNAL`, and its own words stay inside. */
export function failureAnswer(error: unknown): FailureAnswer {
  const failure = failureKind(error)
  if (failure.kind === 'unclassified' || !isFailureCode(failure.code)) return MISTAKE
  return { code: failure.code, detail: failure.detail.replaceAll(PATH, '…') }
}
