// Reads the answers of the store's functions: lists of text, bytes and numbers behind a word that says how it went.
import { TransientFailure } from '../failure.ts'
import type { Reply } from './redis-connection.ts'

/** @throws {TypeError} when the answer has another shape: a mistake of ours */
export function listOf(reply: Reply | undefined): readonly Reply[] {
  if (Array.isArray(reply)) return reply
  throw new TypeError('A function of the store answered no list.')
}

export const textOf = (reply: Reply | undefined): string => String(reply ?? '')

export function bytesOf(reply: Reply | undefined): Buffer {
  if (Buffer.isBuffer(reply)) return reply
  throw new TypeError('A function of the store answered no bytes.')
}

/**
 * The answer without its first word.
 * @throws {TransientFailure} STORE_UNAVAILABLE while the store was lost and is not built again from the facts
 */
export function unlessMissing(reply: Reply): { readonly word: string; readonly rest: readonly Reply[] } {
  const [word, ...rest] = listOf(reply)
  if (textOf(word) === 'missing') throw storeMissing()
  return { word: textOf(word), rest }
}

export const storeMissing = (): TransientFailure =>
  new TransientFailure('STORE_UNAVAILABLE', 'What was decided is being put together anew; try again')
