// The decisions on Redis or Valkey: a step is one call of one function that checks everything first, then writes it.
import type { StateStore, Step, StepResult } from '../state/state-store.ts'
import type { RedisConnection, Reply } from './redis-connection.ts'
import { readEntry } from './redis-entry.ts'
import { redisLeases } from './redis-leases.ts'
import { factArguments, outboxId, redisOutbox } from './redis-outbox.ts'
import { listOf, textOf, unlessMissing } from './reply.ts'

/** Keys asked for in one call. */
const READ_LIMIT = 1_000

/** A step as the functions read it; facts travel beside it, as bytes. */
export const stepJson = ({ outbox: _, ...step }: Step): string => JSON.stringify(step)

function resultOf({ word, rest }: ReturnType<typeof unlessMissing>): StepResult {
  const [first, generation] = rest
  switch (word) {
    case 'done':
      return {
        verdict: 'done',
        outboxIds: listOf(first).map((place) => outboxId(textOf(generation), textOf(place))),
      }
    case 'conflict':
      return { verdict: 'conflict', key: textOf(first) }
    case 'short':
      return { verdict: 'short', counter: textOf(first) }
    case 'fenced':
      return { verdict: 'fenced', lease: textOf(first) }
    default:
      throw new TypeError(`A step ended in an unknown way: ${word}.`)
  }
}

/** The decision store; the connection stays the caller's to close. */
export function openRedisStateStore(options: { redis: RedisConnection }): StateStore {
  const { redis } = options
  const leases = redisLeases(redis)
  const outbox = redisOutbox(redis)

  async function values(kind: 'e' | 'c', names: readonly string[]): Promise<Reply[]> {
    const all: Reply[] = []
    for (let at = 0; at < names.length; at += READ_LIMIT) {
      const args = [await redis.instance(), kind, ...names.slice(at, at + READ_LIMIT)]
      all.push(...listOf(unlessMissing(await redis.call('read', 'values', args)).rest[0]))
    }
    return all
  }

  return {
    get: async (key) => readEntry((await values('e', [key]))[0]),
    getMany: async (keys) => (await values('e', keys)).map(readEntry),
    counter: async (name) => Number(textOf((await values('c', [name]))[0]) || 0),
    async commit(step) {
      const args = [await redis.instance(), stepJson(step), ...factArguments(step.outbox ?? [])]
      return resultOf(unlessMissing(await redis.call('write', 'commit', args)))
    },
    acquireLease: leases.acquire,
    renewLease: leases.renew,
    releaseLease: leases.release,
    dropLease: leases.drop,
    generation: outbox.generation,
    outbox: outbox.oldest,
    removeFromOutbox: outbox.remove,
    stillInOutbox: outbox.still,
    async [Symbol.asyncDispose]() {
      // The connection belongs to whoever opened it.
    },
  }
}
