// One Redis-compatible server of a test's own with everything on it that the adapters offer.
import type { RedisConnection } from '#runtime/redis/redis-connection.ts'
import { redisReadTogether } from '#runtime/redis/redis-read-together.ts'
import { openRedisStateStore } from '#runtime/redis/redis-state-store.ts'
import { openRedisStoreBuilds } from '#runtime/redis/redis-store-builds.ts'
import { openRedisViews } from '#runtime/redis/redis-views.ts'
import type { ReadTogether } from '#runtime/state/read-together.ts'
import type { StateStore } from '#runtime/state/state-store.ts'
import type { StoreBuilds } from '#runtime/state/store-builds.ts'
import type { Views } from '#runtime/views/views.ts'
import { connectTo } from '../conformance/redis-adapters.ts'
import { uniqueName } from '../conformance/unique-name.ts'

export interface StoreWorld extends AsyncDisposable {
  readonly url: string
  readonly redis: RedisConnection
  readonly store: StateStore
  readonly views: Views
  readonly together: ReadTogether
  readonly builds: StoreBuilds
}

/** `keyPrefix`: where it is left out, one of its own. */
export async function openStoreWorld(
  url: string,
  options: { keyPrefix?: string; buildTtlMs?: number } = {},
): Promise<StoreWorld> {
  const { keyPrefix = `{${uniqueName('stores')}}:`, ...rest } = options
  const redis = await connectTo(url, keyPrefix)
  return {
    url,
    redis,
    store: openRedisStateStore({ redis }),
    views: openRedisViews({ redis }),
    together: redisReadTogether(redis),
    builds: openRedisStoreBuilds({ redis, ...rest }),
    [Symbol.asyncDispose]: () => redis[Symbol.asyncDispose](),
  }
}
