// The schema registry behind its Confluent-compatible API; a schema that could not read older records is refused there.
import {
  COMPATIBILITY,
  SchemaRegistry as ConfluentClient,
  SchemaType,
} from '@kafkajs/confluent-schema-registry'
import type { SchemaRegistry } from '../bus/schema-registry.ts'
import { ConfigurationError } from '../configuration-error.ts'
import { PermanentFailure, TransientFailure } from '../failure.ts'

const NOT_FOUND = 404
const CONFLICT = 409
const INVALID = 422
const RETRY = { retries: 2, initialRetryTimeInSecs: 0.1, maxRetryTimeInSecs: 1 }

const statusOf = (error: unknown): number | undefined =>
  error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : undefined
const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Two processes that register a new subject at once both want to write its first rule; the second finds it there. */
const isRaceForRule = (error: unknown): boolean =>
  statusOf(error) === CONFLICT &&
  error instanceof Error &&
  'url' in error &&
  /^put .*\/config\//.test(String(error.url))

const away = (cause: unknown) =>
  new TransientFailure('STORE_UNAVAILABLE', 'The schema registry does not answer.', { cause })

const refused = (subject: string, cause: unknown) =>
  new ConfigurationError(
    `The schema registry refuses the schema of ${subject}: ${reasonOf(cause)} ` +
      'A schema must be able to read what older versions wrote (BACKWARD). Start the version that fits, or remove a foreign subject of this name.',
    { cause },
  )

/**
 * `url` is the root of the Confluent API. Nothing is asked before it is needed.
 * `register` throws {ConfigurationError} when the registry refuses, {TransientFailure} STORE_UNAVAILABLE when it is away.
 */
export function openConfluentSchemaRegistry(options: { url: string; clientId: string }): SchemaRegistry {
  const client = new ConfluentClient({
    host: options.url.replace(/\/+$/, ''),
    clientId: options.clientId,
    retry: RETRY,
  })
  return {
    async register(subject, schemaJson) {
      const register = () =>
        client.register(
          { type: SchemaType.AVRO, schema: schemaJson },
          { subject, compatibility: COMPATIBILITY.BACKWARD },
        )
      try {
        const { id } = await register().catch((error: unknown) => {
          if (isRaceForRule(error)) return register()
          throw error
        })
        return id
      } catch (error) {
        const status = statusOf(error)
        const isRefusal = status === CONFLICT || status === INVALID
        if (isRefusal || (error instanceof Error && error.name.includes('Compatibility')))
          throw refused(subject, error)
        throw away(error)
      }
    },
    async schemaById(id) {
      try {
        return JSON.stringify(await client.getSchema(id))
      } catch (error) {
        if (statusOf(error) === NOT_FOUND)
          throw new PermanentFailure('EVENT_UNREADABLE', `The registry knows no schema ${id}.`, {
            cause: error,
          })
        throw away(error)
      }
    },
  }
}
