// Builds the next generation of the decisions or of the views on Redis, and puts it into use by one call.
import { randomUUID } from 'node:crypto'
import { TransientFailure } from '../failure.ts'
import type { DecisionsBuild, Part, StoreBuilds, ViewsBuild } from '../state/store-builds.ts'
import type { RedisConnection } from './redis-connection.ts'
import { stepJson } from './redis-state-store.ts'
import { redisViewsAt } from './redis-views.ts'
import { listOf, textOf } from './reply.ts'

/** A build whose builder says nothing for so long is given up. */
const BUILD_TTL_MS = 30_000
const KEEP_EVERY_MS = 5_000

const superseded = (): TransientFailure =>
  new TransientFailure('BUILD_SUPERSEDED', 'Somebody else builds the store anew.')

function checked(answer: string): void {
  if (answer !== 'done') throw superseded()
}

async function beginBuild(redis: RedisConnection, part: Part, ttlMs: number) {
  const generation = randomUUID()
  const ttl = String(ttlMs)
  const [word, stale] = listOf(await redis.call('write', 'begin_build', [part, generation, ttl])).map(textOf)
  if (word !== 'begun') throw superseded()
  const keysOf = (of: string) => `${redis.keyPrefix}${part}:${of}:`
  if (stale) await redis.removeKeys(keysOf(stale))
  let ended = false
  // A call that fails is made again by the next turn, or the build runs out and its next write says so.
  const keep = setInterval(
    () => void redis.call('write', 'keep_build', [part, generation, ttl]).catch(() => undefined),
    Math.min(KEEP_EVERY_MS, ttlMs / 3),
  )
  return {
    args: [generation, ttl],
    generation,
    async takeOver(): Promise<void> {
      const answer = await redis.call('write', 'take_over', [part, generation, await redis.instance()])
      const [end = '', before] = listOf(answer).map(textOf)
      checked(end)
      ended = true
      if (before) await redis.removeKeys(keysOf(before))
    },
    async [Symbol.asyncDispose](): Promise<void> {
      clearInterval(keep)
      if (ended) return
      await redis.call('write', 'abandon_build', [part, generation]).catch(() => undefined)
    },
  }
}

async function buildDecisions(redis: RedisConnection, ttlMs: number): Promise<DecisionsBuild> {
  const { args, generation: _, ...build } = await beginBuild(redis, 'decisions', ttlMs)
  return {
    ...build,
    async write(steps) {
      if (steps.length === 0) return
      checked(textOf(await redis.call('write', 'build_decisions', [...args, ...steps.map(stepJson)])))
    },
    async beginTokensAbove(token) {
      checked(textOf(await redis.call('write', 'build_tokens', [...args, String(token)])))
    },
  }
}

async function buildViews(redis: RedisConnection, ttlMs: number): Promise<ViewsBuild> {
  const { args, generation, ...build } = await beginBuild(redis, 'views', ttlMs)
  const views = redisViewsAt(redis, {
    building: generation,
    write: (what, json) => redis.call('write', 'build_views', [...args, what, json]),
  })
  return { ...build, views }
}

/** `buildTtlMs`: how long a builder may be silent. */
export function openRedisStoreBuilds(options: { redis: RedisConnection; buildTtlMs?: number }): StoreBuilds {
  const { redis, buildTtlMs = BUILD_TTL_MS } = options
  return {
    async inUse(part) {
      const [generation] = listOf(await redis.call('read', 'standing', [part, await redis.instance()]))
      return textOf(generation) !== ''
    },
    async distrust(part, generation) {
      await redis.call('write', 'distrust', [part, generation])
    },
    decisions: () => buildDecisions(redis, buildTtlMs),
    views: () => buildViews(redis, buildTtlMs),
  }
}
