// Reads all settings from the environment and the flags at once, and lists everything that is wrong with them.
import { z } from 'zod'
import { nearestName } from './nearest-name.ts'

const PREFIX = 'SYNTONYM_'
/** Where tests find their data; the program itself does not read it. */
const NOT_OURS: ReadonlySet<string> = new Set(['SYNTONYM_SHARED_DATA', 'SYNTONYM_TEST_KILLS'])

const text = z.string().trim().min(1, 'must not be empty')
const absolutePath = text.startsWith('/', 'must be an absolute path')
const port = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a port number from 0 to 65535')
  .transform(Number)
  .refine((n) => n <= 65_535, 'must be a port number from 0 to 65535')
const oneOf = <const V extends readonly [string, ...string[]]>(...values: V) =>
  z.enum(values, { error: `must be ${values.slice(0, -1).join(', ')} or ${values.at(-1)}` })
const url = (...protocols: readonly string[]) =>
  text.refine((value) => URL.canParse(value) && protocols.includes(new URL(value).protocol.slice(0, -1)), {
    error: `must be an address that begins with ${protocols.map((p) => `${p}://`).join(' or ')}`,
  })
const hostAndPort = /^(\[[0-9a-f:]+\]|[^\s:,/]+):\d{1,5}$/i
const brokers = text
  .transform((value) => value.split(',').map((part) => part.trim()))
  .refine((parts) => parts.every((part) => hostAndPort.test(part)), 'must be host:port, several with commas')

const kinds = text
  .transform((value) => value.split(',').map((part) => part.trim()))
  .pipe(z.array(z.enum(['picture', 'film'], { error: 'must be picture, film or both with a comma' })).min(1))

const seconds = z
  .string()
  .regex(/^\d{1,5}$/, 'must be whole seconds, up to 99999')
  .transform(Number)

const wholeFrom = (least: number, most: number, what: string) =>
  z
    .string()
    .regex(/^\d{1,9}$/, what)
    .transform(Number)
    .refine((n) => n >= least && n <= most, what)

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/

const everywhere = {
  SYNTONYM_JOBS_ROOT: absolutePath.default('/syntonym/jobs'),
  SYNTONYM_DATA_DIR: text,
  SYNTONYM_HOST: text.default('127.0.0.1'),
  SYNTONYM_PORT: port.default(8080),
  SYNTONYM_METRICS_PORT: port.default(9464),
  SYNTONYM_KEYS_FILE: text.optional(),
  SYNTONYM_EXECUTION_PROVIDER: oneOf('cpu', 'cuda', 'tensorrt').default('cpu'),
  SYNTONYM_FILM_DECODE: oneOf('cpu', 'cuda').default('cpu'),
  SYNTONYM_FILM_ENCODE: oneOf('cpu', 'cuda').default('cpu'),
  SYNTONYM_TASK_KINDS: kinds.default(['picture', 'film']),
  SYNTONYM_DRAIN_SECONDS: seconds.default(0),
  SYNTONYM_FILM_PART_SECONDS: wholeFrom(2, 3600, 'must be whole seconds from 2 to 3600').default(60),
  SYNTONYM_SHARE_FILMS: wholeFrom(0, 100_000, 'must be a number of parts, or 0 for never').default(3),
  SYNTONYM_PUBLIC_URL: url('http', 'https').optional(),
  SYNTONYM_LOG_LEVEL: oneOf('debug', 'info', 'warn', 'error').default('warn'),
}
const services = {
  SYNTONYM_KAFKA_BROKERS: brokers,
  SYNTONYM_SCHEMA_REGISTRY_URL: url('http', 'https'),
  SYNTONYM_REDIS_URL: url('redis', 'rediss'),
  SYNTONYM_S3_ENDPOINT: url('http', 'https'),
  SYNTONYM_S3_ACCESS_KEY: text,
  SYNTONYM_S3_SECRET_KEY: text,
  SYNTONYM_S3_BUCKET: text,
  SYNTONYM_S3_REGION: text.optional(),
  SYNTONYM_S3_SOURCE_BUCKETS: text
    .transform((value) => value.split(',').map((part) => part.trim()))
    .refine((names) => names.every((name) => BUCKET.test(name)), 'must be bucket names, several with commas')
    .optional(),
  SYNTONYM_S3_PUBLIC_ENDPOINT: url('http', 'https').optional(),
}
// In local mode the services are not used: their variables may stay from another day, but must still be well written.
const unused = z.object(services).partial().shape

const settingsSchema = z.discriminatedUnion('SYNTONYM_MODE', [
  z.object({ SYNTONYM_MODE: z.literal('local'), ...everywhere, ...unused }),
  z.object({ SYNTONYM_MODE: z.literal('cluster'), ...everywhere, ...services }),
])
export type Settings = z.infer<typeof settingsSchema>
export const SETTING_NAMES: readonly string[] = [
  'SYNTONYM_MODE',
  ...Object.keys({ ...everywhere, ...services }),
]

export type ReadSettings =
  | { readonly verdict: 'ok'; readonly settings: Settings }
  | { readonly verdict: 'wrong'; readonly problems: readonly string[] }

type Variables = Readonly<Record<string, string | undefined>>

function unknownNames(environment: Variables): string[] {
  return Object.keys(environment)
    .filter((name) => name.startsWith(PREFIX) && !SETTING_NAMES.includes(name) && !NOT_OURS.has(name))
    .map((name) => `${name} is not a setting. Did you mean ${nearestName(name, SETTING_NAMES)}?`)
}

/** Where data is kept when nothing is said: the user's data folder, or the system's where there is no home. */
function defaultDataDir(environment: Variables): string {
  const { XDG_DATA_HOME, HOME } = environment
  if (XDG_DATA_HOME) return `${XDG_DATA_HOME}/syntonym`
  return HOME && HOME !== '/' ? `${HOME}/.local/share/syntonym` : '/var/lib/syntonym'
}

/** `flags` are named like the variables they win over; those left out or undefined count as not given. */
export function readSettings(environment: Variables, flags: Variables): ReadSettings {
  const given: Record<string, string> = {
    SYNTONYM_MODE: 'local',
    SYNTONYM_DATA_DIR: defaultDataDir(environment),
  }
  for (const source of [environment, flags])
    for (const name of SETTING_NAMES) {
      const value = source[name]
      if (value !== undefined) given[name] = value
    }
  const problems = unknownNames(environment)
  const mode = oneOf('local', 'cluster').safeParse(given.SYNTONYM_MODE)
  if (!mode.success) problems.push('SYNTONYM_MODE must be local or cluster')
  const read = settingsSchema.safeParse(mode.success ? given : { ...given, SYNTONYM_MODE: 'local' })
  for (const issue of read.error?.issues ?? []) {
    const name = String(issue.path[0])
    problems.push(
      given[name] === undefined ? `${name} is missing (needed in cluster mode)` : `${name} ${issue.message}`,
    )
  }
  return read.success && problems.length === 0
    ? { verdict: 'ok', settings: read.data }
    : { verdict: 'wrong', problems }
}
