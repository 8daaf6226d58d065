// Decides the booking of credits: once for each grant, however often it is asked for.
import { derivedId } from '#schemas/ids.ts'
import { creditCounter, grantKey } from '#schemas/state-keys.ts'
import type { Verdict } from './decision-step.ts'
import { jobFact } from './job-fact.ts'

export interface GrantCommand {
  readonly accountId: string
  readonly credits: number
  readonly nowMs: number
  /** Names the grant; left out, it is the account's first. */
  readonly grantId?: string
}
export type GrantAnswer = { readonly say: 'granted' | 'already-granted' }

/** One account's first grant has one id for ever. */
export const firstGrantId = (accountId: string): string => derivedId('grant', accountId, 'first')

/** The verdict on one grant. */
export function decideGrant(
  read: { readonly granted: boolean },
  command: GrantCommand,
): Verdict<GrantAnswer> {
  if (read.granted) return { do: 'answer', answer: { say: 'already-granted' } }
  const { accountId, credits, nowMs, grantId = firstGrantId(accountId) } = command
  return {
    do: 'commit',
    step: {
      checks: [{ key: grantKey(grantId), version: 0 }],
      puts: [{ key: grantKey(grantId), value: JSON.stringify({ account_id: accountId, credits }) }],
      adds: [{ counter: creditCounter(accountId, 'available'), delta: credits }],
      facts: [
        jobFact('CreditsGranted', { accountId, jobId: '', nowMs }, { grant_id: grantId, credits }, grantId),
      ],
    },
    answer: { say: 'granted' },
  }
}
