// Reads the key file whole and says everything that is wrong with it in one message.
import { z } from 'zod'

const idSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be 1 to 64 letters, digits, ".", "_" or "-"')

const keySchema = z.strictObject({
  id: idSchema,
  sha256: z.string().regex(/^[0-9a-fA-F]{64}$/, 'must be the SHA-256 of the key as 64 hexadecimal digits'),
  expires_at: z.iso.datetime({ offset: true, error: 'must be a time like 2027-01-31T00:00:00Z' }).optional(),
})
const accountSchema = z.strictObject({
  id: idSchema,
  name: z.string().min(1).max(200),
  credits: z.int().nonnegative().nullable(),
  needs_approval: z.boolean().default(true),
  keys: z.array(keySchema),
})
const fileSchema = z.strictObject({
  accounts: z.array(accountSchema).min(1, 'must name at least one account'),
})

export interface AccountKey {
  readonly id: string
  /** Lower-case hex of the key's SHA-256. */
  readonly sha256: string
  /** Milliseconds since 1970, UTC; the key is good before that moment. */
  readonly expiresAtMs: number | undefined
}
export interface Account {
  readonly id: string
  readonly name: string
  /** Granted once; null: not metered. */
  readonly credits: number | null
  readonly needsApproval: boolean
  readonly keys: readonly AccountKey[]
}
export type KeyFileVerdict =
  | { readonly verdict: 'ok'; readonly accounts: readonly Account[] }
  | { readonly verdict: 'refused'; readonly problems: readonly string[] }

type File = z.infer<typeof fileSchema>

const twice = (what: string, values: readonly string[]): string[] =>
  [...new Set(values.filter((value, index) => values.indexOf(value) !== index))].map(
    (value) => `${what} "${value}" is there twice`,
  )

function contradictions({ accounts }: File): readonly string[] {
  const keys = accounts.flatMap((account) => account.keys)
  const unapproved = accounts.filter((account) => account.credits !== null && !account.needs_approval)
  return [
    ...twice(
      'account id',
      accounts.map((account) => account.id),
    ),
    ...twice(
      'key id',
      keys.map((key) => key.id),
    ),
    ...twice(
      'key hash',
      keys.map((key) => key.sha256.toLowerCase()),
    ),
    ...unapproved.map(
      ({ id }) => `account "${id}" has credits but needs no approval: credits are held by approvals`,
    ),
  ]
}

const toAccount = (account: File['accounts'][number]): Account => ({
  id: account.id,
  name: account.name,
  credits: account.credits,
  needsApproval: account.needs_approval,
  keys: account.keys.map((key) => ({
    id: key.id,
    sha256: key.sha256.toLowerCase(),
    expiresAtMs: key.expires_at === undefined ? undefined : Date.parse(key.expires_at),
  })),
})

/** The accounts of a key file's text. */
export function readKeyFile(text: string): KeyFileVerdict {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return { verdict: 'refused', problems: ['it is not valid JSON'] }
  }
  const read = fileSchema.safeParse(json)
  if (!read.success) {
    const problems = read.error.issues.map(
      ({ path, message }) => `${path.join('.') || 'the file'}: ${message}`,
    )
    return { verdict: 'refused', problems }
  }
  const problems = contradictions(read.data)
  if (problems.length > 0) return { verdict: 'refused', problems }
  return { verdict: 'ok', accounts: read.data.accounts.map(toAccount) }
}
