// Leases with fencing tokens on Redis, timed by the server's clock.
import type { Fence, LeaseResult } from '../state/state-store.ts'
import type { RedisConnection } from './redis-connection.ts'
import { readEntry } from './redis-entry.ts'
import { listOf, textOf, unlessMissing } from './reply.ts'

export function redisLeases(redis: RedisConnection) {
  const call = async (name: string, args: readonly string[]) =>
    unlessMissing(await redis.call('write', name, [await redis.instance(), ...args]))
  return {
    async acquire(
      lease: string,
      owner: string,
      ttlMs: number,
      reading: readonly string[] = [],
    ): Promise<LeaseResult> {
      const { word, rest } = await call('acquire_lease', [lease, owner, String(ttlMs), ...reading])
      if (word !== 'granted') return { verdict: 'held', untilMs: Number(textOf(rest[0])) }
      const [token, starts, isFirst, entries] = rest
      return {
        verdict: 'granted',
        token: Number(textOf(token)),
        starts: Number(textOf(starts)),
        isFirst: isFirst === 1,
        entries: listOf(entries).map(readEntry),
      }
    },
    async renew({ lease, token }: Fence, ttlMs: number): Promise<'renewed' | 'lost'> {
      const { word } = await call('renew_lease', [lease, String(token), String(ttlMs)])
      return word === 'renewed' ? 'renewed' : 'lost'
    },
    async release({ lease, token }: Fence, how: 'finished' | 'returned'): Promise<void> {
      await call('release_lease', [lease, String(token), how])
    },
    async drop(lease: string): Promise<void> {
      await call('drop_lease', [lease])
    },
  }
}
