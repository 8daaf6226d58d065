// Derives the TypeScript type of a value from its Avro schema, so that an event is written down once.

interface RecordSchema {
  readonly type: 'record'
  readonly name: string
  readonly fields: readonly FieldSchema[]
}
interface FieldSchema {
  readonly name: string
  readonly type: AvroSchema
  readonly default?: unknown
  readonly doc?: string
}

/** The part of Avro 1.11 that our events use. https://avro.apache.org/docs/1.11.1/specification/ */
export type AvroSchema =
  | 'null'
  | 'boolean'
  | 'int'
  | 'long'
  | 'double'
  | 'string'
  | 'bytes'
  | RecordSchema
  | { readonly type: 'array'; readonly items: AvroSchema }
  | { readonly type: 'map'; readonly values: AvroSchema }
  | { readonly type: 'enum'; readonly name: string; readonly symbols: readonly string[] }
  | readonly AvroSchema[]

/** The value that an Avro schema describes. `long` is a number: nothing here exceeds 2^53. */
export type AvroValue<S> = S extends 'null'
  ? null
  : S extends 'boolean'
    ? boolean
    : S extends 'int' | 'long' | 'double'
      ? number
      : S extends 'string'
        ? string
        : S extends 'bytes'
          ? Uint8Array
          : S extends { readonly type: 'record'; readonly fields: infer F extends readonly FieldSchema[] }
            ? { [K in F[number] as K['name']]: AvroValue<K['type']> }
            : S extends { readonly type: 'array'; readonly items: infer I }
              ? AvroValue<I>[]
              : S extends { readonly type: 'map'; readonly values: infer V }
                ? Record<string, AvroValue<V>>
                : S extends { readonly type: 'enum'; readonly symbols: infer E extends readonly string[] }
                  ? E[number]
                  : S extends readonly (infer U)[]
                    ? AvroValue<U>
                    : never
