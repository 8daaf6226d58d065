// Books the first credits of every account of the key file, once, whichever gateway starts first.
import type { Clock } from '#runtime/clock.ts'
import { grantKey } from '#schemas/state-keys.ts'
import { commitDecision, type DecisionPorts } from '../commit-decision.ts'
import { decideGrant, firstGrantId } from '../pure/decide-grant.ts'
import type { Accounts } from './load-accounts.ts'

/** Grants what is not granted yet. Changing `credits` in the file later grants nothing more. */
export async function grantFirstCredits(
  ports: DecisionPorts,
  accounts: Accounts,
  clock: Clock,
): Promise<void> {
  if (accounts.kind === 'local') return
  for (const { id: accountId, credits } of accounts.accounts) {
    if (credits === null) continue
    await commitDecision(ports, {
      read: async () => ({
        granted: (await ports.store.get(grantKey(firstGrantId(accountId)))) !== undefined,
      }),
      decide: (read) => decideGrant(read, { accountId, credits, nowMs: clock.now() }),
    })
  }
}
