// Counts and checks the bytes of one member on their way to disk, and says now and then that work goes on.
import { Transform } from 'node:stream'
import { crc32 } from 'node:zlib'

const SAY_EVERY_MS = 1000

export interface Meter extends Transform {
  /** Bytes that went through. */
  bytes(): number
  /** CRC-32 of them. */
  crc32(): number
}

/** @param onWorking called at most once a second while bytes flow */
export function meter(onWorking: () => void): Meter {
  let bytes = 0
  let sum = 0
  let said = performance.now()
  const transform = new Transform({
    transform(chunk: Buffer, _, done) {
      bytes += chunk.length
      sum = crc32(chunk, sum)
      if (performance.now() - said > SAY_EVERY_MS) {
        said = performance.now()
        onWorking()
      }
      done(null, chunk)
    },
  })
  return Object.assign(transform, { bytes: () => bytes, crc32: () => sum })
}
