// Draws requests from the OpenAPI document: valid ones, nearly valid ones, and nonsense.
import fc from 'fast-check'
import type { ApiOperation, JsonSchema, OpenApi } from './openapi-checks.ts'

export interface DrawnRequest {
  readonly operationId: string
  readonly method: string
  /** With path parameters and query filled in. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

const HOSTILE = [
  '',
  '.',
  '..',
  '%00',
  '../../etc/passwd',
  '\u0000',
  '\ud83d\ude00',
  '<script>',
  "' OR 1=1 --",
  '{}',
  'null',
  '-1',
  '1e999',
  '__proto__',
  'constructor',
  'x'.repeat(190),
  'x'.repeat(400),
]
const text = fc.oneof(fc.constantFrom(...HOSTILE), fc.string(), fc.string({ unit: 'binary', maxLength: 40 }))
const headerText = fc
  .string({ unit: fc.constantFrom(...' !"#$%&()*+,-./0123456789:;=?@AZ[]_az{}~é'), maxLength: 40 })
  .map((value) => value.trim())

/** A value that a schema allows, as far as our schemas go. */
function fromSchema(schema: JsonSchema, document: OpenApi): fc.Arbitrary<unknown> {
  if (schema.$ref !== undefined) {
    const target = document.components.schemas[schema.$ref.split('/').at(-1) ?? '']
    return target === undefined ? fc.constant(null) : fromSchema(target, document)
  }
  const {
    anyOf,
    enum: values,
    properties,
    required,
  } = schema as {
    anyOf?: JsonSchema[]
    enum?: unknown[]
    properties?: Record<string, JsonSchema>
    required?: string[]
  }
  if (anyOf !== undefined) return fc.oneof(...anyOf.map((one) => fromSchema(one, document)))
  if (values !== undefined) return fc.constantFrom(...values)
  if (properties !== undefined) {
    const fields = Object.fromEntries(
      Object.entries(properties).map(([name, one]) => [name, fieldOf(name, one, document)]),
    )
    return fc.record(fields, { requiredKeys: required ?? [] })
  }
  const { minimum = 0, maximum = 1_000 } = schema as { minimum?: number; maximum?: number }
  if (schema.type === 'integer') return fc.integer({ min: minimum, max: maximum })
  if (schema.type === 'number') return fc.double({ min: minimum, max: maximum, noNaN: true })
  if (schema.type === 'boolean') return fc.boolean()
  if (schema.type === 'object') return fc.dictionary(fc.string(), fc.jsonValue())
  return text
}

const config = fc.record(
  {
    blur_face: fc.constantFrom<unknown>(true, false, 'true', 'False', 1, 'yes'),
    enable_lp: fc.constantFrom<unknown>(true, 'no', 0),
    blur_threshold: fc.oneof<fc.Arbitrary<unknown>[]>(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.constantFrom('0.3', '1'),
    ),
    slicing: fc.boolean(),
  },
  { requiredKeys: [] },
)
function fieldOf(name: string, schema: JsonSchema, document: OpenApi): fc.Arbitrary<unknown> {
  const usual =
    name === 'file_path'
      ? fc.constantFrom(
          'a.jpg',
          '/syntonym/jobs/b.mp4',
          'c.zip',
          'UPPER.JPG',
          '../a.jpg',
          'missing.jpg',
          's3://b/a.jpg',
        )
      : name === 'model_config'
        ? fc.oneof(
            config,
            config.map((value) => JSON.stringify(value)),
          )
        : undefined
  const any = fromSchema(schema, document)
  return usual === undefined ? any : fc.oneof({ weight: 5, arbitrary: usual }, { weight: 1, arbitrary: any })
}

function bodyOf(operation: ApiOperation, document: OpenApi): fc.Arbitrary<string | undefined> {
  const schema = operation.requestBody?.content['application/json']?.schema
  const nonsense = fc.oneof(
    fc.json(),
    fc.string(),
    fc.constantFrom('', '{', 'null', '[]', '{"__proto__":{"a":1}}'),
  )
  if (schema === undefined) return fc.option(nonsense, { nil: undefined, freq: 3 })
  const good = fromSchema(schema, document)
  const spoiled = fc
    .tuple(good, text, fc.jsonValue())
    .map(([value, key, extra]) => ({ ...Object(value), [key]: extra }))
  return fc.oneof(
    { weight: 5, arbitrary: good.map((value) => JSON.stringify(value)) },
    { weight: 3, arbitrary: spoiled.map((value) => JSON.stringify(value)) },
    { weight: 2, arbitrary: nonsense },
  )
}

const headers = (keys: readonly Record<string, string>[]) =>
  fc
    .tuple(
      fc.oneof(
        { weight: 8, arbitrary: fc.constantFrom(...keys) },
        { weight: 1, arbitrary: fc.record({ access_token: headerText }, { requiredKeys: [] }) },
      ),
      fc.record(
        {
          'idempotency-key': fc.oneof(fc.constantFrom('one', 'two'), headerText),
          range: fc.oneof(fc.constantFrom('bytes=0-1', 'bytes=-5', 'bytes=999-', 'bytes=1-0'), headerText),
          'if-range': headerText,
          'last-event-id': fc.constantFrom('end', '1', ''),
          'x-request-id': headerText,
          accept: headerText,
          authorization: headerText,
          'accept-encoding': headerText,
        },
        { requiredKeys: [] },
      ),
      fc.oneof(
        { weight: 6, arbitrary: fc.constant('application/json') },
        {
          weight: 1,
          arbitrary: fc.constantFrom(
            '',
            'text/plain',
            'application/xml',
            'application/json; charset=latin1',
            '///',
            'multipart/form-data',
          ),
        },
      ),
    )
    .map(
      ([key, more, type]): Record<string, string> => ({
        ...more,
        ...key,
        ...(type === '' ? {} : { 'content-type': type }),
      }),
    )

/** Requests to all operations about known and unknown jobs and tasks; `keys` are the headers of known accounts. */
export function requestArbitrary(
  document: OpenApi,
  {
    jobs,
    tasks,
    keys,
  }: { jobs: readonly string[]; tasks: readonly string[]; keys: readonly Record<string, string>[] },
): fc.Arbitrary<DrawnRequest> {
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  )
  const idFor = (path: string) =>
    fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom(...(path.includes('task_id') ? tasks : jobs)) },
      { weight: 1, arbitrary: fc.uuid() },
      { weight: 1, arbitrary: text },
    )
  const well = (value: string) => encodeURIComponent(value.toWellFormed())
  return fc.constantFrom(...operations).chain(({ path, method, operation }) => {
    const query = (operation.parameters ?? [])
      .filter((parameter) => parameter.in === 'query')
      .map((parameter) =>
        fc
          .oneof(fromSchema(parameter.schema, document), text)
          .map((value) => [parameter.name, String(value)]),
      )
    return fc
      .record({
        id: idFor(path),
        query: fc.tuple(...query).chain((all) => fc.subarray(all)),
        extra: fc.option(fc.tuple(text, text), { nil: undefined, freq: 8 }),
        headers: headers(keys),
        body: bodyOf(operation, document),
        prefix: fc.constantFrom('', '', '/v1'),
      })
      .map((drawn): DrawnRequest => {
        const pairs = [...drawn.query, ...(drawn.extra === undefined ? [] : [drawn.extra])]
        const search = pairs.map(([name, value]) => `${well(name ?? '')}=${well(value ?? '')}`).join('&')
        const filled = path.replace(/\{\w+\}/, well(drawn.id))
        const url = `${drawn.prefix}${filled}${search === '' ? '' : `?${search}`}`
        return {
          operationId: operation.operationId,
          method,
          url,
          headers: drawn.headers,
          body: method === 'GET' ? undefined : drawn.body,
        }
      })
  })
}
