// Makes the OpenAPI document from the routes, and tidies it: shared headers written down, nothing unused left in.
import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { FAILURE_CODES } from '#schemas/failure-codes.ts'
import { REFUSAL_CODES } from '#schemas/http/refusal-codes.ts'

/** The version of the API that clients know; the service's own version is in its metrics. */
const API_VERSION = '0.3.0'

type Json = Record<string, unknown>
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const objectAt = (parent: Json, key: string): Json => {
  const child = parent[key]
  return isObject(child) ? child : {}
}

const codeList = (codes: Readonly<Record<string, string>>): string =>
  Object.entries(codes)
    .map(([code, meaning]) => `| \`${code}\` | ${meaning} |`)
    .join('\n')

const DESCRIPTION = `Hides faces and licence plates in pictures, films and archives.

Hand in a file, approve the job, follow it, fetch the result. Every path also exists with the prefix \`/v1\`.
Validation errors have FastAPI's form, everything else is \`{"detail", "code"}\`. Every answer carries \`X-Request-Id\`.

Status numbers: 0 waiting for approval, 1 queued, 2 processing, 3 completed, 4 cancelled, 5 failed. A job with some failed
tasks is 3 with \`has_errors\`.

### Codes of refused requests
| code | meaning |
| --- | --- |
${codeList(REFUSAL_CODES)}

### Codes of failed jobs and files
| code | meaning |
| --- | --- |
${codeList(FAILURE_CODES)}
`

const LICENCE = { name: 'Apache-2.0', identifier: 'Apache-2.0' }
const TAGS = {
  Submit: 'Hand in files.',
  Follow: 'See where jobs and tasks are.',
  Decide: 'Approve, cancel, delete.',
  Fetch: 'Get the results.',
  Service: 'How the service itself is.',
}

const HEADERS = {
  RequestId: {
    description:
      'Names this request in the service’s log; your own X-Request-Id comes back where it is harmless.',
    schema: { type: 'string' },
  },
  RetryAfter: { description: 'Seconds after which to try again.', schema: { type: 'integer' } },
}

/** Every reference `#/components/schemas/…` that can be reached from a value. */
function referencesIn(value: unknown, schemas: Json, found: Set<string>): Set<string> {
  if (Array.isArray(value)) for (const item of value) referencesIn(item, schemas, found)
  if (!isObject(value)) return found
  const name = typeof value.$ref === 'string' ? value.$ref.split('/').at(-1) : undefined
  if (name !== undefined && !found.has(name)) {
    found.add(name)
    referencesIn(schemas[name], schemas, found)
  }
  for (const child of Object.values(value)) referencesIn(child, schemas, found)
  return found
}

/** An answer without a body has no content to describe. */
function withoutContent(response: Json): Json {
  const { content: _, ...rest } = response
  return rest
}

/** Header names are the same in any case; the reference shows the usual one. */
function withUsualNames(parameters: unknown): unknown {
  if (!Array.isArray(parameters)) return parameters
  return parameters.map((parameter) =>
    isObject(parameter) && parameter.name === 'idempotency-key'
      ? { ...parameter, name: 'Idempotency-Key' }
      : parameter,
  )
}

function withHeaders(responses: Json): Json {
  return Object.fromEntries(
    Object.entries(responses).map(([status, response]) => {
      const retry =
        status === '429' || status === '503'
          ? { 'Retry-After': { $ref: '#/components/headers/RetryAfter' } }
          : {}
      const headers = { 'X-Request-Id': { $ref: '#/components/headers/RequestId' }, ...retry }
      if (!isObject(response)) return [status, response]
      return [status, { ...(status === '204' ? withoutContent(response) : response), headers }]
    }),
  )
}

function tidiedOperation([method, operation]: [string, unknown]): [string, unknown] {
  if (!isObject(operation)) return [method, operation]
  const { parameters, responses, ...rest } = operation
  const described = parameters === undefined ? {} : { parameters: withUsualNames(parameters) }
  return [method, { ...rest, ...described, responses: withHeaders(isObject(responses) ? responses : {}) }]
}

/** The document without unused schemas, and with the headers that all answers have. */
export function tidied(document: Json): Json {
  const paths = Object.fromEntries(
    Object.entries(objectAt(document, 'paths')).map(([path, item]) => [
      path,
      Object.fromEntries(Object.entries(isObject(item) ? item : {}).map(tidiedOperation)),
    ]),
  )
  const components = objectAt(document, 'components')
  const schemas = objectAt(components, 'schemas')
  const used = referencesIn(paths, schemas, new Set())
  const kept = Object.fromEntries(
    Object.entries(schemas)
      .filter(([name]) => used.has(name))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
  return { ...document, paths, components: { ...components, headers: HEADERS, schemas: kept } }
}

/** Must be registered before the routes. */
export async function describeRoutes(server: FastifyInstance): Promise<void> {
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Syntonym backend API',
        version: API_VERSION,
        description: DESCRIPTION,
        license: LICENCE,
      },
      servers: [
        { url: '/', description: 'This service' },
        { url: '/v1', description: 'The same under a prefix' },
      ],
      tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
      components: {
        securitySchemes: {
          access_token: { type: 'apiKey', in: 'header', name: 'access_token' },
          bearer: { type: 'http', scheme: 'bearer' },
        },
      },
    },
    transform: createJsonSchemaTransform({}),
    transformObject: createJsonSchemaTransformObject({}),
  })
}
