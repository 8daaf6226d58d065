// One connection to Redis or Valkey that knows which server instance it talks to and has our functions there.
import { createClient, ErrorReply, RESP_TYPES } from 'redis'
import { ConfigurationError } from '../configuration-error.ts'
import type { Log } from '../log.ts'
import { type FunctionLibrary, readFunctionLibrary } from './function-library.ts'
import { lacksFunctions, redisFailure } from './redis-failure.ts'

export interface RedisOptions {
  /** redis[s]://[[user][:password]@]host[:port][/database] */
  readonly url: string
  /** Begins every key. The part in braces keeps all keys in one slot where a cluster is behind the address. */
  readonly keyPrefix?: string
  readonly log: Log
}

type Argument = string | Buffer
/** What a function answers: text and bytes as buffers, lists nested. */
export type Reply = Buffer | number | null | readonly Reply[]

const DEFAULT_PREFIX = '{syntonym}:'
const CONNECT_WITHIN_MS = 3_000
/** A server that says nothing for so long is taken for dead; the pings keep a living one talking. */
const SILENCE_MS = 5_000
const PING_EVERY_MS = 1_500
const RECONNECT_MAX_MS = 1_000
const BROKEN =
  'the connection to Redis is broken and tried again: check SYNTONYM_REDIS_URL with its password, run `syntonym doctor` here; docs/runbooks/store-down.md says what to do'

const clientFor = (url: string) =>
  createClient({
    url,
    RESP: 2,
    // A command that cannot be sent now fails now: the callers know how to wait, and for how long.
    disableOfflineQueue: true,
    disableClientInfo: true,
    pingInterval: PING_EVERY_MS,
    socket: {
      connectTimeout: CONNECT_WITHIN_MS,
      socketTimeout: SILENCE_MS,
      reconnectStrategy: (retries) => Math.min(RECONNECT_MAX_MS, 50 * 2 ** Math.min(retries, 10)),
    },
    // Silence ends every command; the client's own limit would make a timer and an exception for each.
    commandOptions: { timeout: 0, typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } },
  })

type Sender = Pick<ReturnType<typeof clientFor>, 'sendCommand'>

export class RedisConnection implements AsyncDisposable {
  readonly keyPrefix: string
  readonly #client: ReturnType<typeof clientFor>
  /** The same connection for replies that are text and not bytes. */
  readonly #texts: Sender
  readonly #library: FunctionLibrary
  /** The instance behind the present connection; undefined until it was asked, and again after each break. */
  #instance: Promise<string> | undefined

  constructor(options: RedisOptions) {
    this.keyPrefix = options.keyPrefix ?? DEFAULT_PREFIX
    this.#library = readFunctionLibrary()
    this.#client = clientFor(options.url)
    this.#texts = this.#client.withTypeMapping({})
    let away = false
    this.#client.on('error', (error: unknown) => {
      this.#instance = undefined
      if (!away) options.log.warn({ code: 'STORE_UNAVAILABLE', error }, BROKEN)
      away = true
    })
    this.#client.on('reconnecting', () => {
      this.#instance = undefined
    })
    this.#client.on('ready', () => {
      if (away) options.log.info({}, 'the connection to Redis is there again')
      away = false
    })
  }

  /** Resolves when the first connection stands, or when it is certain that it will be tried again later. */
  async open(): Promise<void> {
    // The client tries for ever; who needs it meanwhile hears STORE_UNAVAILABLE.
    const connecting = this.#client.connect()
    connecting.catch(() => undefined)
    await Promise.race([connecting, new Promise((resolve) => setTimeout(resolve, CONNECT_WITHIN_MS).unref())])
    if (this.#client.isReady) await this.#refuseEviction()
  }

  /** Names the running server process: another one after every restart and failover. */
  instance(): Promise<string> {
    if (this.#instance !== undefined) return this.#instance
    const asking = this.#prepare()
    this.#instance = asking
    asking.catch(() => {
      if (this.#instance === asking) this.#instance = undefined
    })
    return asking
  }

  /**
   * Calls a function of the library. @throws {TransientFailure} STORE_UNAVAILABLE
   * @param how `read` for functions without writes
   */
  call(how: 'read' | 'write', name: string, args: readonly Argument[]): Promise<Reply> {
    return this.#send(this.#client, this.#wordsOf(how, name, args))
  }

  /** Calls a function without writes that answers one text. @throws {TransientFailure} STORE_UNAVAILABLE */
  callText(name: string, args: readonly Argument[]): Promise<string> {
    return this.#send(this.#texts, this.#wordsOf('read', name, args))
  }

  /** Removes every key that begins with this text; what is written meanwhile may stay. */
  async removeKeys(prefix: string): Promise<void> {
    try {
      const match = prefix.replaceAll(/[\\*?[\]]/g, '\\$&')
      for await (const keys of this.#client.scanIterator({ MATCH: `${match}*`, COUNT: 1_000 }))
        if (keys.length > 0) await this.#client.unlink(keys)
    } catch (error) {
      throw redisFailure(error)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.destroy()
  }

  #wordsOf(how: 'read' | 'write', name: string, args: readonly Argument[]): Argument[] {
    const command = how === 'read' ? 'FCALL_RO' : 'FCALL'
    return [command, `${this.#library.name}_${name}`, '1', this.keyPrefix, ...args]
  }

  async #send<T extends Reply | string>(client: Sender, words: Argument[]): Promise<T> {
    try {
      return await client.sendCommand<T>(words)
    } catch (error) {
      if (!lacksFunctions(error)) throw redisFailure(error)
      await this.#load()
      return await client.sendCommand<T>(words).catch((again: unknown) => {
        throw redisFailure(again)
      })
    }
  }

  async #prepare(): Promise<string> {
    try {
      await this.#load()
      const info = String(await this.#client.sendCommand(['INFO', 'server']))
      const runId = /^run_id:(\w+)/m.exec(info)?.[1]
      if (runId === undefined) throw new ConfigurationError('The Redis server does not name its run_id.')
      return runId
    } catch (error) {
      throw redisFailure(error)
    }
  }

  async #load(): Promise<void> {
    try {
      await this.#client.sendCommand(['FUNCTION', 'LOAD', this.#library.code])
    } catch (error) {
      // The name carries the content: what is there under it is the same.
      if (!(error instanceof ErrorReply && /already exists/i.test(error.message))) throw redisFailure(error)
    }
  }

  /** @throws {ConfigurationError} where the server would throw decisions away when its memory is full */
  async #refuseEviction(): Promise<void> {
    let answer: unknown
    try {
      answer = await this.#client.sendCommand(['CONFIG', 'GET', 'maxmemory-policy'])
    } catch {
      return // Managed servers often refuse CONFIG; then nobody can tell.
    }
    const policy = Array.isArray(answer) ? String(answer[1]) : 'noeviction'
    if (policy === 'noeviction') return
    throw new ConfigurationError(
      `The Redis server evicts keys when its memory is full (maxmemory-policy ${policy}). Set it to noeviction: ` +
        'it holds decisions, not a cache.',
    )
  }
}

/** Connects, or goes on trying in the background where nobody answers yet. */
export async function openRedis(options: RedisOptions): Promise<RedisConnection> {
  const connection = new RedisConnection(options)
  try {
    await connection.open()
    return connection
  } catch (error) {
    await connection[Symbol.asyncDispose]()
    throw error
  }
}
