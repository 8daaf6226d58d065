// Decisions and views read by one call of one function, which answers one text: what a client pays for by the reply.
import type { Found, Question, ReadTogether, Together } from '../state/read-together.ts'
import type { RedisConnection } from './redis-connection.ts'
import { entryOf } from './redis-entry.ts'
import { storeMissing } from './reply.ts'

/** What the function writes: entries or false, then each document as names and values in turn, then counts. */
type Answer = readonly [
  entries: readonly (string | false)[],
  docs?: readonly (readonly string[])[],
  counts?: readonly number[],
]

function docOf(pairs: readonly string[]): Readonly<Record<string, string>> | undefined {
  // Lua writes an empty list as an empty object.
  if (!Array.isArray(pairs) || pairs.length === 0) return undefined
  const doc: Record<string, string> = {}
  for (let at = 0; at < pairs.length; at += 2) doc[pairs[at] as string] = pairs[at + 1] as string
  return doc
}

const listOf = <T>(list: readonly T[] | undefined): readonly T[] => (Array.isArray(list) ? list : [])

function foundIn(text: string): Found {
  const [entries, docs, counts] = JSON.parse(text) as Answer
  return {
    entries: listOf(entries).map((stored) => (stored === false ? undefined : entryOf(stored))),
    views: docs === undefined ? undefined : { docs: listOf(docs).map(docOf), counts: listOf(counts) },
  }
}

const argumentsOf = ({ entries, docs, sets }: Question): string[] => [
  ...[String(entries.length), String(docs.length)],
  ...[...entries, ...docs, ...sets],
]

/** Everything as of one moment of the store. */
export const redisReadTogether =
  (redis: RedisConnection): ReadTogether =>
  async (question): Promise<Together> => {
    const text = await redis.callText('together', [await redis.instance(), ...argumentsOf(question)])
    if (text === 'missing') throw storeMissing()
    return { text, read: () => foundIn(text) }
  }
