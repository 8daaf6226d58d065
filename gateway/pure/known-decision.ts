// Decides whether an account may know of a job at all: somebody else's job is as unknown as one that never was.
import type { Decision } from '#schemas/state-keys.ts'
import type { Known } from './decision-step.ts'

export type Standing =
  | { readonly is: 'unknown' }
  | { readonly is: 'deleted' | 'cancelled' | 'open'; readonly known: Known<Decision> }

/** Where a job stands for this account. */
export function standing(accountId: string, known: Known<Decision> | undefined): Standing {
  if (known === undefined || known.value.account_id !== accountId) return { is: 'unknown' }
  return { is: known.value.state, known }
}
