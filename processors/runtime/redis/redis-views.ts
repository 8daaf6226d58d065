// The views on Redis or Valkey: a hash per document, a sorted set per set, all writes of a call at once.
import { TransientFailure } from '../failure.ts'
import type { Member, Views, Write } from '../views/views.ts'
import type { RedisConnection, Reply } from './redis-connection.ts'
import { listOf, storeMissing, textOf } from './reply.ts'

type Doc = Readonly<Record<string, string>> | undefined

/** Where a reader and a writer go: to the views in use, or to those being built. */
export interface ViewsPlace {
  /** '' for those in use. */
  readonly building: string
  write(what: 'apply' | 'drop', json: string): Promise<Reply>
}

/** Documents asked for in one call. */
const READ_LIMIT = 500
/** Writes in one call, so that the server is free for others in between. */
const WRITE_LIMIT = 1_000

function pairsOf(reply: Reply | undefined): [string, string][] {
  const list = listOf(reply)
  return list.flatMap((name, at) => (at % 2 === 0 ? [[textOf(name), textOf(list[at + 1])]] : []))
}

function docOf(reply: Reply): Doc {
  const pairs = pairsOf(reply)
  return pairs.length === 0 ? undefined : Object.fromEntries(pairs)
}

/** A number keeps the spelling that JavaScript gives it. */
const writeJson = (write: Write) => (write.do === 'max' ? { ...write, text: String(write.value) } : write)

const viewsMissing = (): TransientFailure =>
  new TransientFailure('VIEWS_REBUILDING', 'What is known of the jobs is being put together anew; try again')

function viewReader(redis: RedisConnection, building: string) {
  const read = async (name: string, args: readonly string[]): Promise<Reply | undefined> => {
    const reply = await redis.call('read', name, [await redis.instance(), building, ...args])
    const [word, rest] = listOf(reply)
    if (textOf(word) === 'missing') throw viewsMissing()
    return rest
  }
  return {
    async docs(names: readonly string[]): Promise<Doc[]> {
      const all: Doc[] = []
      for (let at = 0; at < names.length; at += READ_LIMIT)
        all.push(...listOf(await read('docs', names.slice(at, at + READ_LIMIT))).map(docOf))
      return all
    },
    countMany: async (sets: readonly string[]): Promise<number[]> =>
      listOf(await read('count', sets)).map(Number),
    async members(set: string, order: 'up' | 'down', limit: number, after?: Member): Promise<Member[]> {
      const from = after === undefined ? [] : [String(after.score), after.member]
      const reply = await read('members', [set, order, String(limit), ...from])
      return pairsOf(reply).map(([member, score]) => ({ member, score: Number(score) }))
    },
  }
}

/** The views at a place. Writes that find no views there are transient failures to be waited out. */
export function redisViewsAt(redis: RedisConnection, place: ViewsPlace): Views {
  const reader = viewReader(redis, place.building)
  const write = async (what: 'apply' | 'drop', content: unknown): Promise<void> => {
    const [word] = listOf(await place.write(what, JSON.stringify(content)))
    if (textOf(word) === 'missing') throw storeMissing()
  }
  return {
    async apply(writes) {
      for (let at = 0; at < writes.length; at += WRITE_LIMIT)
        await write('apply', writes.slice(at, at + WRITE_LIMIT).map(writeJson))
    },
    read: async (doc) => (await reader.docs([doc]))[0],
    readMany: (docs) => reader.docs(docs),
    count: async (set) => (await reader.countMany([set]))[0] ?? 0,
    countMany: (sets) => reader.countMany(sets),
    members: (set, { order, limit, after }) => reader.members(set, order, limit, after),
    drop: (docs, sets, members = []) => write('drop', { docs, sets, members }),
    async [Symbol.asyncDispose]() {
      // The connection belongs to whoever opened it.
    },
  }
}

/** The views in use; what is written while others are built goes to both. */
export function openRedisViews(options: { redis: RedisConnection }): Views {
  const { redis } = options
  return redisViewsAt(redis, {
    building: '',
    write: async (what, json) => redis.call('write', `${what}_views`, [await redis.instance(), json]),
  })
}
