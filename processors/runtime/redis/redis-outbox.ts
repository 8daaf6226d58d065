// The outbox on Redis: a stream written in the same step as the decision, read and emptied by the relay.
import type { BusMessage } from '../bus/bus.ts'
import type { OutboxEntry } from '../state/state-store.ts'
import type { RedisConnection, Reply } from './redis-connection.ts'
import { bytesOf, listOf, textOf, unlessMissing } from './reply.ts'

/** An id names its generation: what was lost with an emptied store must not look like what was brought to the bus. */
export const outboxId = (generation: string, place: string): string => `${generation}/${place}`

function byGeneration(ids: readonly string[]): Map<string, string[]> {
  const places = new Map<string, string[]>()
  for (const id of ids) {
    const [generation = '', place = ''] = id.split('/')
    places.set(generation, [...(places.get(generation) ?? []), place])
  }
  return places
}

/** The arguments that bring facts into the outbox: topic, key, headers and value of each. */
export const factArguments = (messages: readonly BusMessage[]): (string | Buffer)[] =>
  messages.flatMap((m) => [m.topic, m.key, JSON.stringify(m.headers), Buffer.from(m.value)])

function entryOf(generation: string, reply: Reply): OutboxEntry {
  const [id, fieldList] = listOf(reply)
  const place = textOf(id)
  const fields = listOf(fieldList)
  const named = new Map(fields.flatMap((name, at) => (at % 2 === 0 ? [[textOf(name), fields[at + 1]]] : [])))
  return {
    id: outboxId(generation, place),
    // A place begins with the server's time in milliseconds.
    addedAtMs: Number(place.split('-')[0]),
    message: {
      topic: textOf(named.get('topic')),
      key: textOf(named.get('key')),
      value: bytesOf(named.get('value')),
      // Written by `factArguments` only.
      headers: JSON.parse(textOf(named.get('headers'))) as Record<string, string>,
    },
  }
}

export function redisOutbox(redis: RedisConnection) {
  const call = async (how: 'read' | 'write', name: string, args: readonly string[]) =>
    unlessMissing(await redis.call(how, name, [await redis.instance(), ...args]))
  return {
    async generation(): Promise<string> {
      return textOf((await call('read', 'outbox', ['1'])).rest[0])
    },
    async oldest(limit: number): Promise<OutboxEntry[]> {
      const { rest } = await call('read', 'outbox', [String(limit)])
      return listOf(rest[1]).map((entry) => entryOf(textOf(rest[0]), entry))
    },
    async remove(ids: readonly string[]): Promise<void> {
      for (const [generation, places] of byGeneration(ids))
        await call('write', 'remove_from_outbox', [generation, ...places])
    },
    /** @throws {TransientFailure} STORE_UNAVAILABLE when the store was lost since the ids were given */
    async still(ids: readonly string[]): Promise<string[]> {
      const still: string[] = []
      for (const [generation, places] of byGeneration(ids)) {
        const { rest } = await call('read', 'still_in_outbox', [generation, ...places])
        still.push(...listOf(rest[0]).map((place) => outboxId(generation, textOf(place))))
      }
      return still
    },
  }
}
