import { createHash } from 'node:crypto'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { accountFinder, presentedKey } from '#gateway/accounts/find-account.ts'
import { LOCAL_ACCOUNTS, loadAccounts, requireSafeAddress } from '#gateway/accounts/load-accounts.ts'
import { readKeyFile } from '#gateway/pure/key-file.ts'
import { ConfigurationError } from '#runtime/configuration-error.ts'

const compare = vi.hoisted(() => ({ calls: 0 }))
vi.mock('node:crypto', async (original) => {
  const real = await original<typeof import('node:crypto')>()
  return {
    ...real,
    timingSafeEqual: (a: Uint8Array, b: Uint8Array) => {
      compare.calls += 1
      return real.timingSafeEqual(a, b)
    },
  }
})

const sha256 = (key: string) => createHash('sha256').update(key).digest('hex')
const key = (id: string, text: string, expires_at?: string) => ({
  id,
  sha256: sha256(text),
  ...(expires_at === undefined ? {} : { expires_at }),
})
const file = (accounts: unknown) => JSON.stringify({ accounts })
const good = file([
  {
    id: 'anna',
    name: 'Anna',
    credits: 10,
    needs_approval: true,
    keys: [key('a1', 'secret-a'), key('a2', 'secret-a-new')],
  },
  { id: 'bert', name: 'Bert', credits: null, keys: [key('b1', 'secret-b', '2027-01-01T00:00:00Z')] },
])

test('a key file is read with its accounts, keys and defaults', () => {
  const read = readKeyFile(good)
  expect(read).toMatchObject({
    verdict: 'ok',
    accounts: [
      { id: 'anna', credits: 10, keys: [{ id: 'a1', expiresAtMs: undefined }, { id: 'a2' }] },
      { id: 'bert', credits: null, needsApproval: true, keys: [{ expiresAtMs: Date.UTC(2027, 0, 1) }] },
    ],
  })
})

test('everything that is wrong with a key file is said at once', () => {
  const wrong = file([
    { id: 'a b', name: '', credits: -1, keys: [{ id: 'k', sha256: 'short' }], colour: 'red' },
    { id: 'x', name: 'X', credits: 1.5, keys: [{ id: 'k', sha256: sha256('x'), expires_at: 'tomorrow' }] },
  ])
  const read = readKeyFile(wrong)
  const text = read.verdict === 'refused' ? read.problems.join('\n') : ''
  for (const place of [
    'accounts.0.id',
    'accounts.0.name',
    'accounts.0.credits',
    'accounts.0.keys.0.sha256',
    'colour',
    'accounts.1.credits',
    'accounts.1.keys.0.expires_at',
  ])
    expect(text).toContain(place)
})

test.each([
  ['not json', '{', 'not valid JSON'],
  ['no account', file([]), 'at least one account'],
  [
    'an account twice',
    file([
      { id: 'a', name: 'A', credits: null, keys: [] },
      { id: 'a', name: 'B', credits: null, keys: [] },
    ]),
    'account id "a" is there twice',
  ],
  [
    'a key of two accounts',
    file(['a', 'b'].map((id) => ({ id, name: id, credits: null, keys: [key(`k-${id}`, 'same')] }))),
    'key hash',
  ],
  [
    'credits without approval',
    file([{ id: 'a', name: 'A', credits: 3, needs_approval: false, keys: [] }]),
    'credits are held by approvals',
  ],
])('a key file with %s is refused', (_what, text, problem) => {
  const read = readKeyFile(text)
  expect(read.verdict === 'refused' && read.problems.join('\n')).toContain(problem)
})

test('a wrong key file stops the start with one message that names the file and every problem', async () => {
  const path = join(await mkdtemp(join(tmpdir(), 'syntonym-keys-')), 'keys.json')
  await writeFile(path, file([{ id: '', name: '', credits: 1, keys: [] }]))
  const failure = await loadAccounts(path).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(ConfigurationError)
  expect(String(failure)).toContain(path)
  expect(String(failure)).toContain('accounts.0.id')
  expect(String(failure)).toContain('accounts.0.name')
  await expect(loadAccounts(`${path}.missing`)).rejects.toThrow('cannot be read (ENOENT)')
})

test('without a key file only loopback is listened on', async () => {
  const accounts = await loadAccounts(undefined)
  expect(accounts).toEqual(LOCAL_ACCOUNTS)
  for (const host of ['127.0.0.1', '127.3.2.1', '::1', '[::1]', 'localhost'])
    requireSafeAddress(accounts, host)
  for (const host of ['0.0.0.0', '::', '192.168.1.5', 'example.org', '127.0.0.1.evil.org', ''])
    expect(() => requireSafeAddress(accounts, host)).toThrow(ConfigurationError)
})

test('a key is found in either header, and every key of the file is compared in constant time', () => {
  const read = readKeyFile(good)
  if (read.verdict !== 'ok') throw new Error('the file is good')
  const find = accountFinder({ kind: 'keys', accounts: read.accounts })
  const now = Date.UTC(2026, 10, 23)
  const who = (headers: Record<string, string>, at = now) => {
    const found = find(headers, at)
    return found.is === 'account' ? found.account.id : found.is
  }
  expect(presentedKey({ authorization: 'bearer  k ' })).toBe('k')
  expect(who({ access_token: 'secret-a' })).toBe('anna')
  expect(who({ access_token: 'secret-a-new' })).toBe('anna')
  expect(who({ authorization: 'Bearer secret-b' })).toBe('bert')
  expect(who({ authorization: 'Bearer secret-b' }, Date.UTC(2027, 0, 1))).toBe('invalid')
  expect(who({ access_token: sha256('secret-a') })).toBe('invalid')
  expect(who({})).toBe('missing')
  expect(who({ authorization: 'Basic c2VjcmV0' })).toBe('missing')
  compare.calls = 0
  for (const attempt of ['secret-a', 'secret-b', 'wrong']) who({ access_token: attempt })
  expect(compare.calls).toBe(3 * 3)
})
