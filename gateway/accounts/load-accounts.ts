// Loads the accounts of the key file, or the one local account where there is none.
import { readFile } from 'node:fs/promises'
import { ConfigurationError } from '#runtime/configuration-error.ts'
import { type Account, readKeyFile } from '../pure/key-file.ts'

/** `local`: no keys, one account, loopback only. */
export type Accounts =
  | { readonly kind: 'local'; readonly account: Account }
  | { readonly kind: 'keys'; readonly accounts: readonly Account[] }

export const LOCAL_ACCOUNTS: Accounts = {
  kind: 'local',
  account: { id: 'local', name: 'This machine', credits: null, needsApproval: true, keys: [] },
}

/**
 * The accounts of a key file; without a path the local account.
 * @throws {ConfigurationError} with everything that is wrong with the file.
 */
export async function loadAccounts(keysFile: string | undefined): Promise<Accounts> {
  if (keysFile === undefined) return LOCAL_ACCOUNTS
  let text: string
  try {
    text = await readFile(keysFile, 'utf8')
  } catch (cause) {
    const errno = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown reason'
    throw new ConfigurationError(
      `The key file ${keysFile} cannot be read (${errno}). Correct SYNTONYM_KEYS_FILE, or remove it to run without keys on loopback.`,
      { cause },
    )
  }
  const read = readKeyFile(text)
  if (read.verdict === 'ok') return { kind: 'keys', accounts: read.accounts }
  const list = read.problems.map((problem) => `\n  - ${problem}`).join('')
  throw new ConfigurationError(`The key file ${keysFile} is wrong:${list}`)
}

const LOOPBACK = /^(127(\.\d{1,3}){3}|::1|localhost)$/i

export const isLoopback = (host: string): boolean => LOOPBACK.test(host.replace(/^\[|\]$/g, ''))

/** @throws {ConfigurationError} when the service would be open to the network without keys. */
export function requireSafeAddress(accounts: Accounts, host: string): void {
  if (accounts.kind === 'keys' || isLoopback(host)) return
  throw new ConfigurationError(
    `Without keys the service listens on loopback only, not on ${host}. Set SYNTONYM_KEYS_FILE to a key file, or listen on 127.0.0.1.`,
  )
}
