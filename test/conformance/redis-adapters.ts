// Opens the Redis adapters under a key prefix of their own on a shared server, and again on the same keys.
import { openRedis, type RedisConnection } from '#runtime/redis/redis-connection.ts'
import { openRedisStoreBuilds } from '#runtime/redis/redis-store-builds.ts'
import { keptLog } from '#test/runtime/silent.ts'
import type { Reopenable } from './reopenable.ts'
import { uniqueName } from './unique-name.ts'

export const connectTo = (url: string, keyPrefix: string): Promise<RedisConnection> =>
  openRedis({ url, keyPrefix, log: keptLog() })

/** Puts an empty generation of both parts into use, as the first start of a cluster does. */
export async function beginEmpty(redis: RedisConnection): Promise<void> {
  const builds = openRedisStoreBuilds({ redis })
  await using decisions = await builds.decisions()
  await using views = await builds.views()
  await decisions.takeOver()
  await views.takeOver()
}

/** A factory for the conformance suites: `reopen` connects anew, as another process would. */
export async function onRedis<A>(url: string, open: (redis: RedisConnection) => A): Promise<Reopenable<A>> {
  const keyPrefix = `{${uniqueName('redis')}}:`
  const connections = [await connectTo(url, keyPrefix)]
  const [first] = connections
  if (first === undefined) throw new Error('no connection')
  await beginEmpty(first)
  return {
    adapter: open(first),
    async reopen() {
      const next = await connectTo(url, keyPrefix)
      connections.push(next)
      return open(next)
    },
    async [Symbol.asyncDispose]() {
      await first.removeKeys(keyPrefix)
      for (const connection of connections) await connection[Symbol.asyncDispose]()
    },
  }
}
