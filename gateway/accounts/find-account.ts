// Finds the account behind a presented key; how long that takes tells nothing about the keys.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Account } from '../pure/key-file.ts'
import type { Accounts } from './load-accounts.ts'

export type Presented =
  | { readonly is: 'account'; readonly account: Account }
  | { readonly is: 'missing' | 'invalid' }

/** The key in `access_token` or in `Authorization: Bearer`. */
export function presentedKey(headers: IncomingHttpHeaders): string | undefined {
  const token = headers.access_token
  if (typeof token === 'string' && token !== '') return token
  return /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1]
}

/** A lookup over all accounts that hashes once and compares every key, in constant time each. */
export function accountFinder(
  accounts: Accounts,
): (headers: IncomingHttpHeaders, nowMs: number) => Presented {
  if (accounts.kind === 'local') {
    const local: Presented = { is: 'account', account: accounts.account }
    return () => local
  }
  const rows = accounts.accounts.flatMap((account) =>
    account.keys.map((key) => ({ account, hash: Buffer.from(key.sha256, 'hex'), until: key.expiresAtMs })),
  )
  return (headers, nowMs) => {
    const key = presentedKey(headers)
    if (key === undefined) return { is: 'missing' }
    const presented = createHash('sha256').update(key, 'utf8').digest()
    let found: Presented = { is: 'invalid' }
    for (const { account, hash, until } of rows) {
      const good = timingSafeEqual(hash, presented)
      if (good && (until === undefined || nowMs < until)) found = { is: 'account', account }
    }
    return found
  }
}
