// Derives every id from its cause, so that doing a thing twice makes the same id and not a second thing.
import { createHash } from 'node:crypto'

/** Name-based UUID. RFC 9562, section 5.5 (version 5, SHA-1); the namespace is a UUID of ours. */
export function derivedId(...parts: readonly (string | number)[]): string {
  const namespace = Buffer.from('6f0f8a54b1c34b7e9a5d2f6c7e1d4b90', 'hex')
  const hash = createHash('sha1').update(namespace).update(JSON.stringify(parts)).digest().subarray(0, 16)
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80
  const hex = hash.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** Task id from job and member index (0 for a single file). */
export const taskId = (jobId: string, taskIndex: number): string => derivedId('task', jobId, taskIndex)

/** Id of one part of a film that several workers share, a task of its own on the bus. */
export const partTaskId = (filmTaskId: string, part: number): string => derivedId('part', filmTaskId, part)

/** Event id from the event’s type and what caused it. */
export const eventId = (type: string, ...cause: readonly (string | number)[]): string =>
  derivedId('event', type, ...cause)

/** A job’s id when the client sent an Idempotency-Key: the same key gives the same job. */
export const idempotentJobId = (accountId: string, key: string): string => derivedId('job', accountId, key)
