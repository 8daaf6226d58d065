// `syntonym credits show | grant`: says what an account has, and books credits once for each grant.
import { randomUUID } from 'node:crypto'
import { loadAccounts } from '#gateway/accounts/load-accounts.ts'
import { commitDecision } from '#gateway/commit-decision.ts'
import { decideGrant } from '#gateway/pure/decide-grant.ts'
import { type Configuration, loadConfiguration } from '#runtime/service/configuration.ts'
import { jsonLog } from '#runtime/service/json-log.ts'
import { derivedId } from '#schemas/ids.ts'
import { creditCounter, grantKey } from '#schemas/state-keys.ts'
import type { CommandIo } from '../command-io.ts'
import { EXIT, type ExitCode, UsageError } from '../exit-code.ts'
import { type OpenFacts, openFacts } from '../open-facts.ts'

const CONFIRM_WITHIN_MS = 30_000
const MOST_CREDITS = 1_000_000_000_000

export interface Balance {
  readonly account: string
  readonly available: number
  readonly held: number
  readonly spent: number
}

async function balanceOf({ stores }: OpenFacts, account: string): Promise<Balance> {
  const pot = (which: 'available' | 'held' | 'spent') => stores.store.counter(creditCounter(account, which))
  const [available, held, spent] = [await pot('available'), await pot('held'), await pot('spent')]
  return { account, available, held, spent }
}

const line = ({ account, available, held, spent }: Balance): string =>
  `${account}: ${available} available, ${held} held, ${spent} spent`

function write(io: CommandIo, json: boolean | undefined, balances: readonly Balance[]): void {
  if (json === true) io.out.write(`${JSON.stringify({ accounts: balances })}\n`)
  else for (const balance of balances) io.out.write(`${line(balance)}\n`)
}

async function opened(io: CommandIo): Promise<{ configuration: Configuration; facts: OpenFacts }> {
  const configuration = await loadConfiguration({ environment: io.environment, needsJobsRoot: false })
  const destination = { write: (text: string) => void io.err.write(text) }
  const log = jsonLog({ room: 'credits', level: 'error', destination })
  return { configuration, facts: await openFacts(configuration, log) }
}

/** The accounts of the key file. @throws {UsageError} for one that is not in it: its key could never spend anything */
async function metered(configuration: Configuration): Promise<readonly string[]> {
  const accounts = await loadAccounts(configuration.keysFile)
  if (accounts.kind === 'local')
    throw new UsageError('Credits belong to accounts with keys: set SYNTONYM_KEYS_FILE to the key file.')
  return accounts.accounts.filter(({ credits }) => credits !== null).map(({ id }) => id)
}

function requireMetered(known: readonly string[], account: string): void {
  if (known.includes(account)) return
  throw new UsageError(
    `The key file has no account "${account}" with credits. It has: ${known.join(', ') || 'none'}.`,
  )
}

export async function showCredits(
  account: string | undefined,
  options: { readonly json?: boolean },
  io: CommandIo,
): Promise<ExitCode> {
  const { configuration, facts } = await opened(io)
  await using _ = facts
  const known = await metered(configuration)
  if (account !== undefined) requireMetered(known, account)
  const balances: Balance[] = []
  for (const id of account === undefined ? known : [account]) balances.push(await balanceOf(facts, id))
  write(io, options.json, balances)
  return EXIT.done
}

function creditsOf(text: string): number {
  const credits = Number(text)
  if (/^\d+$/.test(text) && credits > 0 && credits <= MOST_CREDITS) return credits
  throw new UsageError(`Credits are a whole number from 1 to ${MOST_CREDITS}, not "${text}".`)
}

/** With the same `id` a grant is booked once, however often the command is repeated. */
export async function grantCredits(
  account: string,
  amount: string,
  options: { readonly id?: string; readonly json?: boolean },
  io: CommandIo,
): Promise<ExitCode> {
  const credits = creditsOf(amount)
  const { configuration, facts } = await opened(io)
  await using _ = facts
  requireMetered(await metered(configuration), account)
  const { stores, codec, relay } = facts
  const grantId = derivedId('grant', account, 'command', options.id ?? randomUUID())
  const command = { accountId: account, credits, nowMs: Date.now(), grantId }
  const { say } = await commitDecision(
    { store: stores.store, relay, codec, confirmWithinMs: CONFIRM_WITHIN_MS },
    {
      read: async () => ({ granted: (await stores.store.get(grantKey(grantId))) !== undefined }),
      decide: (read) => decideGrant(read, command),
    },
  )
  if (options.json !== true)
    io.out.write(say === 'granted' ? `granted ${credits}\n` : 'this grant was booked before\n')
  write(io, options.json, [await balanceOf(facts, account)])
  return EXIT.done
}
