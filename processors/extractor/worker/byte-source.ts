// Hands out a stream piece by piece: the next so many bytes, then the next, with the stream's own backpressure.

export interface ByteSource {
  /** The next `bytes` bytes in chunks; fewer in all where the stream ends before. Read it to its end. */
  take(bytes: number): AsyncGenerator<Buffer>
}

export function byteSource(stream: AsyncIterable<Buffer>): ByteSource {
  const chunks = stream[Symbol.asyncIterator]()
  let left: Buffer = Buffer.alloc(0)
  return {
    async *take(bytes) {
      let wanted = bytes
      while (wanted > 0) {
        if (left.length === 0) {
          const next = await chunks.next()
          if (next.done) return
          left = next.value
        }
        const piece = left.subarray(0, wanted)
        left = left.subarray(piece.length)
        wanted -= piece.length
        yield piece
      }
    },
  }
}
