// Runs the conformance suites on the Redis adapters, against Valkey and against Redis 7.

import { redisReadTogether } from '#runtime/redis/redis-read-together.ts'
import { openRedisStateStore } from '#runtime/redis/redis-state-store.ts'
import { openRedisViews } from '#runtime/redis/redis-views.ts'
import { withServices } from '#test/services/with-services.ts'
import { readTogetherConformance } from './read-together.conformance.ts'
import { onRedis } from './redis-adapters.ts'
import { stateStoreConformance } from './state-store.conformance.ts'
import { viewsConformance } from './views.conformance.ts'

function suites(name: string, url: string): void {
  stateStoreConformance(name, () => onRedis(url, (redis) => openRedisStateStore({ redis })))
  viewsConformance(name, () => onRedis(url, (redis) => openRedisViews({ redis })))
  readTogetherConformance(name, () =>
    onRedis(url, (redis) => ({
      store: openRedisStateStore({ redis }),
      views: openRedisViews({ redis }),
      together: redisReadTogether(redis),
    })),
  )
}

await withServices(['valkey'], ({ valkey }) => suites('Valkey', valkey.addresses.url))
await withServices(['redis'], ({ redis }) => suites('Redis 7', redis.addresses.url))
