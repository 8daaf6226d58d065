// The whole configuration, read once and checked whole: either complete, or one message with everything that is wrong.
import { constants } from 'node:fs'
import { access, readdir, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { ConfigurationError } from '../configuration-error.ts'
import { readSettings, type Settings } from './pure/read-settings.ts'

interface Everywhere {
  /** Absolute; exists and can be read, where it was asked to be checked. */
  readonly jobsRoot: string
  readonly dataDir: string
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  readonly metricsPort: number
  readonly keysFile: string | undefined
  readonly executionProvider: 'cpu' | 'cuda' | 'tensorrt'
  /** Which tasks an anonymizer of this process takes. */
  readonly taskKinds: readonly ('picture' | 'film')[]
  /** How long an anonymizer that is stopped may go on with the tasks in hand before it hands them back. */
  readonly drainSeconds: number
  readonly films: {
    /** A long film is cut into parts of at least so many seconds. */
    readonly partSeconds: number
    /** One of at least so many parts is shared with other anonymizers of the site; undefined: none is. */
    readonly shareOf: number | undefined
    /** What films are decoded and encoded on. */
    readonly decode: 'cpu' | 'cuda'
    readonly encode: 'cpu' | 'cuda'
  }
  /** Address under which clients reach the gateway. */
  readonly publicUrl: string | undefined
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error'
}
export interface ClusterServices {
  readonly kafkaBrokers: readonly string[]
  readonly schemaRegistryUrl: string
  readonly redisUrl: string
  readonly s3: {
    readonly endpoint: string
    readonly accessKey: string
    readonly secretKey: string
    readonly bucket: string
    readonly region: string | undefined
    /** Where browsers reach the same store; undefined: the gateway serves the files. */
    readonly publicEndpoint: string | undefined
    /** Buckets that clients may name their files in. */
    readonly sourceBuckets: readonly string[]
  }
}
export type Configuration =
  | (Everywhere & { readonly mode: 'local' })
  | (Everywhere & { readonly mode: 'cluster'; readonly cluster: ClusterServices })

/** The flags that a command may offer; each wins over its variable. */
export interface ConfigurationFlags {
  readonly dataDir?: string | undefined
  readonly jobsRoot?: string | undefined
  readonly host?: string | undefined
  readonly port?: string | undefined
  readonly metricsPort?: string | undefined
}

function configurationOf(s: Settings): Configuration {
  const everywhere: Everywhere = {
    jobsRoot: s.SYNTONYM_JOBS_ROOT,
    dataDir: resolve(s.SYNTONYM_DATA_DIR),
    host: s.SYNTONYM_HOST,
    port: s.SYNTONYM_PORT,
    metricsPort: s.SYNTONYM_METRICS_PORT,
    keysFile: s.SYNTONYM_KEYS_FILE,
    executionProvider: s.SYNTONYM_EXECUTION_PROVIDER,
    taskKinds: s.SYNTONYM_TASK_KINDS,
    drainSeconds: s.SYNTONYM_DRAIN_SECONDS,
    films: {
      partSeconds: s.SYNTONYM_FILM_PART_SECONDS,
      // Fewer than two parts are none.
      shareOf: s.SYNTONYM_SHARE_FILMS === 0 ? undefined : Math.max(2, s.SYNTONYM_SHARE_FILMS),
      decode: s.SYNTONYM_FILM_DECODE,
      encode: s.SYNTONYM_FILM_ENCODE,
    },
    publicUrl: s.SYNTONYM_PUBLIC_URL,
    logLevel: s.SYNTONYM_LOG_LEVEL,
  }
  if (s.SYNTONYM_MODE === 'local') return { mode: 'local', ...everywhere }
  return {
    mode: 'cluster',
    ...everywhere,
    cluster: {
      kafkaBrokers: s.SYNTONYM_KAFKA_BROKERS,
      schemaRegistryUrl: s.SYNTONYM_SCHEMA_REGISTRY_URL,
      redisUrl: s.SYNTONYM_REDIS_URL,
      s3: {
        endpoint: s.SYNTONYM_S3_ENDPOINT,
        accessKey: s.SYNTONYM_S3_ACCESS_KEY,
        secretKey: s.SYNTONYM_S3_SECRET_KEY,
        bucket: s.SYNTONYM_S3_BUCKET,
        region: s.SYNTONYM_S3_REGION,
        publicEndpoint: s.SYNTONYM_S3_PUBLIC_ENDPOINT,
        sourceBuckets: s.SYNTONYM_S3_SOURCE_BUCKETS ?? [],
      },
    },
  }
}

async function jobsRootProblem(path: string): Promise<string | undefined> {
  const advice = 'Make the folder, or name another one with --jobs-root or SYNTONYM_JOBS_ROOT.'
  try {
    if (!(await stat(path)).isDirectory()) return `The jobs root ${path} is not a folder. ${advice}`
    await access(path, constants.R_OK | constants.X_OK)
    await readdir(path)
    return undefined
  } catch (error) {
    const errno = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'
    if (errno === 'ENOENT') return `The jobs root ${path} does not exist. ${advice}`
    return `The jobs root ${path} cannot be read (${errno}). Give this user the right to read it, or name another folder.`
  }
}

const wrong = (problems: readonly string[]): ConfigurationError =>
  new ConfigurationError(
    problems.length === 1
      ? `The configuration is wrong: ${problems[0]}`
      : `The configuration is wrong in ${problems.length} places:${problems.map((p) => `\n  - ${p}`).join('')}`,
  )

/**
 * Reads variables and flags. `needsJobsRoot`: also check that the jobs root is a folder that can be read.
 * @throws {ConfigurationError} naming everything that is wrong; values of secrets are never in it.
 */
export async function loadConfiguration(options: {
  environment: Readonly<Record<string, string | undefined>>
  flags?: ConfigurationFlags
  needsJobsRoot: boolean
}): Promise<Configuration> {
  const flags = options.flags ?? {}
  const read = readSettings(options.environment, {
    SYNTONYM_DATA_DIR: flags.dataDir,
    // A variable may come from a file without a current folder; a flag is typed in one.
    SYNTONYM_JOBS_ROOT: flags.jobsRoot === undefined ? undefined : resolve(flags.jobsRoot),
    SYNTONYM_HOST: flags.host,
    SYNTONYM_PORT: flags.port,
    SYNTONYM_METRICS_PORT: flags.metricsPort,
  })
  if (read.verdict === 'wrong') throw wrong(read.problems)
  const configuration = configurationOf(read.settings)
  const problem = options.needsJobsRoot ? await jobsRootProblem(configuration.jobsRoot) : undefined
  if (problem !== undefined) throw wrong([problem])
  return configuration
}
