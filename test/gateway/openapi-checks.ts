// Checks values against the OpenAPI document as a client would read it, with a validator that is not ours.
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'

export interface JsonSchema {
  readonly $ref?: string
  readonly type?: string
  readonly examples?: readonly unknown[]
  readonly [key: string]: unknown
}
interface Content {
  readonly schema: JsonSchema
}
interface Parameter {
  readonly in: string
  readonly name: string
  readonly required?: boolean
  readonly schema: JsonSchema
}
export interface ApiOperation {
  readonly operationId: string
  readonly summary: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Readonly<Record<string, Content>> }
  readonly responses: Readonly<
    Record<
      string,
      {
        readonly description: string
        readonly headers: object
        readonly content?: Readonly<Record<string, Content>>
      }
    >
  >
}
export interface OpenApi {
  readonly info: { readonly description: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, ApiOperation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> }
}

export interface GivenAnswer {
  readonly status: number
  readonly type: string
  readonly text: string
}

/** What is wrong with an answer or a value; empty when it is as documented. */
export function answerChecker(document: OpenApi) {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true })
  ajv.addSchema({ $id: 'openapi', components: document.components })
  const operations = new Map(
    Object.values(document.paths).flatMap((item) =>
      Object.values(item).map((one) => [one.operationId, one] as const),
    ),
  )
  const compiled = new Map<string, ValidateFunction>()
  const check = (key: string, schema: JsonSchema, value: unknown): string[] => {
    const known = compiled.get(key) ?? ajv.compile(absolute(schema) as object)
    compiled.set(key, known)
    return known(value)
      ? []
      : (known.errors ?? []).map((error) => `${key}${error.instancePath} ${error.message}`)
  }
  return {
    validate: (name: string, value: unknown) => check(name, { $ref: `#/components/schemas/${name}` }, value),
    answer(operationId: string, { status, type, text }: GivenAnswer): string[] {
      const documented = operations.get(operationId)?.responses[String(status)]
      if (documented === undefined) return [`${operationId} does not document ${status}`]
      if (documented.content === undefined) return text === '' ? [] : [`${status} has a body`]
      const mediaType = type.split(';', 1)[0] ?? ''
      const content = documented.content[mediaType] ?? documented.content['*/*']
      if (content === undefined) return [`${operationId} ${status} does not document ${mediaType}`]
      if (mediaType !== 'application/json' || status === 206) return []
      return check(`${operationId}/${status}`, content.schema, JSON.parse(text))
    },
  }
}

/** References point into the document that was added under its own name. */
const absolute = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (key, child) => (key === '$ref' ? `openapi${child}` : child))
