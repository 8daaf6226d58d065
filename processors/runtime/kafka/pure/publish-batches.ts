// Cuts a row of messages into requests that a broker takes: in order, each below its limit of bytes.

interface Sized {
  readonly key: string
  readonly value: Uint8Array
  readonly headers: Readonly<Record<string, string>>
}

/** Kafka's default limit is 1 MiB for what one request writes to one partition; headers and framing need room. */
const LIMIT_BYTES = 512 * 1024
export const LIMIT_MESSAGES = 2_000
const OVERHEAD_BYTES = 100

export const messageBytes = ({ key, value, headers }: Sized): number => {
  let bytes = OVERHEAD_BYTES + value.length + 3 * key.length
  for (const [name, text] of Object.entries(headers)) bytes += 3 * (name.length + text.length)
  return bytes
}

/** How many of the messages, from the first, go into the next request; at least one. */
export function nextBatch(messages: readonly Sized[]): number {
  let bytes = 0
  let count = 0
  for (const message of messages) {
    bytes += messageBytes(message)
    if (count > 0 && (bytes > LIMIT_BYTES || count === LIMIT_MESSAGES)) return count
    count += 1
  }
  return count
}
