// The five bytes before each Avro value that say which schema it was written with.
// https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/index.html#wire-format

const MAGIC = 0
const HEADER_BYTES = 5

export type Framed =
  | { readonly verdict: 'framed'; readonly schemaId: number; readonly body: Uint8Array }
  | { readonly verdict: 'unframed'; readonly reason: string }

/** Magic byte 0, the schema's number as 4 bytes big-endian, then the body. */
export function frame(schemaId: number, body: Uint8Array): Uint8Array {
  const framed = new Uint8Array(HEADER_BYTES + body.length)
  new DataView(framed.buffer).setUint32(1, schemaId)
  framed.set(body, HEADER_BYTES)
  return framed
}

export function unframe(value: Uint8Array): Framed {
  if (value.length < HEADER_BYTES)
    return { verdict: 'unframed', reason: 'The record is shorter than its frame.' }
  if (value[0] !== MAGIC)
    return { verdict: 'unframed', reason: 'The record does not begin with the magic byte.' }
  const schemaId = new DataView(value.buffer, value.byteOffset).getUint32(1)
  return { verdict: 'framed', schemaId, body: value.subarray(HEADER_BYTES) }
}
