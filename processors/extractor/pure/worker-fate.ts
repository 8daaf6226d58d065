// Says which code a file gets whose worker ended or fell silent over it, and whether it may be tried again.
import type { FailureCode } from '#schemas/failure-codes.ts'
import { type Refusal, refusal } from './refusal.ts'

/** How the worker was lost. */
export type Loss = 'died' | 'memory' | 'silent' | 'nonsense'

/** A crash may be somebody else's fault; the third one on the same file is the file's. */
export const MAX_DEATHS = 3

export type Fate = { readonly do: 'retry' } | { readonly do: 'refuse'; readonly refusal: Refusal }

const CODES: Readonly<Record<Loss, readonly [FailureCode, string]>> = {
  died: ['WORKER_DIED', 'The file ended its worker process three times.'],
  nonsense: ['WORKER_DIED', 'The file made its worker process speak nonsense.'],
  memory: ['WORKER_MEMORY', 'The file needs more memory than a worker may use.'],
  silent: ['WORKER_TIMEOUT', 'The worker stopped answering over this file.'],
}

/** @param deaths how many workers this file has ended, this one included */
export function fateAfter(loss: Loss, deaths: number): Fate {
  if (loss === 'died' && deaths < MAX_DEATHS) return { do: 'retry' }
  const [code, detail] = CODES[loss]
  return { do: 'refuse', refusal: refusal(code, detail) }
}
