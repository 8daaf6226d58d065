// Cuts a stream into parts of one size, the last one shorter, and takes its hash on the way.
import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'

export interface CutStream {
  readonly parts: AsyncIterable<Buffer>
  /** Lower-case hex and count of what has passed; of the whole once `parts` ended. */
  facts(): { readonly bytes: number; readonly sha256: string }
}

/** Each part is a buffer of its own. An empty stream has one empty part. */
export function cutStream(content: Readable, partBytes: number): CutStream {
  const hash = createHash('sha256')
  let bytes = 0
  async function* cut(): AsyncGenerator<Buffer> {
    let waiting: Buffer[] = []
    let length = 0
    for await (const chunk of content) {
      let rest: Buffer = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
      hash.update(rest)
      bytes += rest.length
      while (length + rest.length >= partBytes) {
        const missing = partBytes - length
        yield Buffer.concat([...waiting, rest.subarray(0, missing)])
        rest = rest.subarray(missing)
        waiting = []
        length = 0
      }
      // The caller may use its buffer again once the next chunk was asked for.
      if (rest.length > 0) waiting.push(Buffer.from(rest))
      length += rest.length
    }
    if (length > 0 || bytes === 0) yield Buffer.concat(waiting)
  }
  return { parts: cut(), facts: () => ({ bytes, sha256: hash.copy().digest('hex') }) }
}
