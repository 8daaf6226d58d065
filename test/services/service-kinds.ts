// Names the servers that tests may ask for, what each answers with, and where an address may come from instead.
import type { Environment } from './cache-folder.ts'

export interface ServiceAddresses {
  readonly kafka: { readonly brokers: readonly string[] }
  readonly kafka3: { readonly brokers: readonly string[] }
  /** The Confluent-compatible root. */
  readonly registry: { readonly url: string }
  readonly valkey: { readonly url: string }
  readonly redis: { readonly url: string }
  readonly s3: { readonly endpoint: string; readonly accessKey: string; readonly secretKey: string }
}
export type ServiceKind = keyof ServiceAddresses
export const SERVICE_KINDS = ['kafka', 'kafka3', 'registry', 'valkey', 'redis', 's3'] as const

/** One process of a server. */
export interface Member {
  readonly name: string
  /** Also its process group. */
  readonly pid: number
}

/** A server that runs: shared by a test run, or a test's own. */
export interface Started<K extends ServiceKind> {
  readonly id: string
  readonly addresses: ServiceAddresses[K]
  /** Empty when the address was given by the environment. */
  readonly members: readonly Member[]
}

/** A member that its owner can bring back with the data it had. */
export interface ServerMember {
  readonly name: string
  pid(): number
  kill(): Promise<void>
  /** Starts it again after it ended; resolves when it is ready. */
  restart(): Promise<void>
}

/** `A` is what the kind answers with. */
export interface RunningServer<A = ServiceAddresses[ServiceKind]> {
  readonly addresses: A
  readonly members: readonly ServerMember[]
  stop(): Promise<void>
}

export interface StartOptions {
  readonly environment: Environment
  /** A new empty folder for data and logs. */
  readonly folder: string
  readonly say: (line: string) => void
}

/** The server that the environment names for this kind, if it does. */
export function givenAddresses<K extends ServiceKind>(
  kind: K,
  environment: Environment,
): ServiceAddresses[K] | undefined
export function givenAddresses(kind: ServiceKind, environment: Environment): object | undefined {
  const given = (name: string): string | undefined => environment[`SYNTONYM_TEST_${name}`] || undefined
  switch (kind) {
    case 'kafka': {
      const brokers = given('KAFKA_BROKERS')
      return brokers === undefined ? undefined : { brokers: brokers.split(',') }
    }
    case 'registry': {
      const url = given('SCHEMA_REGISTRY_URL')
      return url === undefined ? undefined : { url }
    }
    case 'valkey': {
      const url = given('VALKEY_URL')
      return url === undefined ? undefined : { url }
    }
    case 'redis': {
      const url = given('REDIS_URL')
      return url === undefined ? undefined : { url }
    }
    case 's3': {
      const endpoint = given('S3_ENDPOINT')
      const accessKey = given('S3_ACCESS_KEY') ?? ''
      return endpoint === undefined
        ? undefined
        : { endpoint, accessKey, secretKey: given('S3_SECRET_KEY') ?? '' }
    }
    case 'kafka3':
      return undefined
  }
}
