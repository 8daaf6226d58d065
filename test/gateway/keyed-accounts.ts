// Accounts with keys for tests: each one's key is `key-of-<id>`.
import { createHash } from 'node:crypto'
import type { Accounts } from '#gateway/accounts/load-accounts.ts'
import type { Account } from '#gateway/pure/key-file.ts'

export const keyOf = (id: string): Record<string, string> => ({ access_token: `key-of-${id}` })

const account = (id: string, rest: Partial<Account> = {}): Account => ({
  id,
  name: id,
  credits: null,
  needsApproval: true,
  keys: [
    {
      id: `${id}-1`,
      sha256: createHash('sha256').update(`key-of-${id}`).digest('hex'),
      expiresAtMs: undefined,
    },
  ],
  ...rest,
})

/** anna has 10 credits, bert is not metered, carl's jobs need no approval. */
export const KEYED: Accounts = {
  kind: 'keys',
  accounts: [account('anna', { credits: 10 }), account('bert'), account('carl', { needsApproval: false })],
}
