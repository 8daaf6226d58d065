// Keeps the beginning of what a child writes and drops the rest, so that a chatty child cannot fill our memory.
import type { Readable } from 'node:stream'
import type { CapturedOutput } from './pure/box-request.ts'

/** Starts reading at once; the returned function gives what was kept so far. `limitBytes` in bytes. */
export function captureOutput(stream: Readable | null, limitBytes: number): () => CapturedOutput {
  const kept: Buffer[] = []
  let keptBytes = 0
  let droppedBytes = 0
  stream?.on('data', (chunk: Buffer) => {
    const room = Math.max(0, limitBytes - keptBytes)
    if (room > 0) kept.push(Buffer.from(chunk.subarray(0, room)))
    keptBytes += Math.min(room, chunk.length)
    droppedBytes += Math.max(0, chunk.length - room)
  })
  // A pipe that breaks with its child says nothing that the child's end does not say.
  stream?.on('error', () => stream.destroy())
  return () => ({ text: Buffer.concat(kept).toString('utf8'), droppedBytes })
}
