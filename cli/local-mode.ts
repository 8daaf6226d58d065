// Local mode: every room in one process, on SQLite and files, started in order and stopped in reverse.
import { randomUUID } from 'node:crypto'
import { mkdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '#runtime/clock.ts'
import type { Log } from '#runtime/log.ts'
import { startRelay } from '#runtime/pump/relay.ts'
import { dependencyMetrics } from '#runtime/service/health-metrics.ts'
import type { Room } from '#runtime/service/lifecycle.ts'
import { createRegistry, lagMetrics, pumpMetrics, relayMetrics } from '#runtime/service/metrics.ts'
import { openLocalStores } from '#runtime/sqlite/local-stores.ts'
import { RELAY_LEASE } from '#schemas/state-keys.ts'
import { TOPICS } from '#schemas/topics.ts'
import { anonymizerRoom } from './anonymizer-room.ts'
import { dependencies, WATCHED_GROUPS } from './event-bus.ts'
import { eventCodec } from './event-codec.ts'
import type { Environment } from './machine.ts'
import { extractorRoom, gatewayRoom, projectionRoom, type RoomContext, type Shared } from './rooms.ts'
import { VERSION } from './version.ts'

export interface LocalModeConfig {
  readonly dataDir: string
  readonly jobsRoot: string
  readonly host: string
  readonly port: number
  readonly keysFile: string | undefined
}

export interface LocalMode {
  readonly rooms: readonly Room[]
  /** Where the gateway listens, once it does. */
  address(): string | undefined
}

const RELAY_TTL_MS = 10_000
const RELAY_POLL_MS = 1_000
const RELAY_BATCH = 256

export function localMode(config: LocalModeConfig, log: Log, environment: Environment): LocalMode {
  const clock: Clock = { now: () => Date.now() }
  const registry = createRegistry({ version: VERSION, room: 'local' })
  const pumps = pumpMetrics(
    registry,
    TOPICS.map((topic) => topic.name),
  )
  const owner = `local-${randomUUID()}`
  const shared = Promise.withResolvers<Shared>()
  shared.promise.catch(() => undefined)
  let address: string | undefined

  const storesRoom: Room = {
    name: 'stores',
    start: async () => {
      const stores = await openLocalStores({ dataDir: config.dataDir, ownerName: String(process.pid), clock })
      await stores.bus.ensureTopics(TOPICS)
      lagMetrics(registry, stores.bus, WATCHED_GROUPS)
      dependencyMetrics(registry, dependencies(stores))
      const codec = eventCodec(stores.registry)
      // The relay outlives every room: what they decide while they stop still reaches the bus.
      const relay = startRelay({
        store: stores.store,
        bus: stores.bus,
        lease: RELAY_LEASE,
        owner,
        leaseTtlMs: RELAY_TTL_MS,
        pollMs: RELAY_POLL_MS,
        batch: RELAY_BATCH,
        clock,
        log,
        metrics: relayMetrics(registry),
        signal: new AbortController().signal,
      })
      shared.resolve({ stores, codec, relay })
      return {
        done: relay.done,
        [Symbol.asyncDispose]: async () => {
          await relay[Symbol.asyncDispose]()
          await stores[Symbol.asyncDispose]()
        },
      }
    },
  }
  const context: RoomContext = {
    config,
    log,
    environment,
    clock,
    registry,
    pumps,
    owner,
    workFolder: (room) => workFolder(config, room),
    shared: shared.promise,
  }
  return {
    rooms: [
      storesRoom,
      projectionRoom(context),
      anonymizerRoom(context),
      extractorRoom(context),
      gatewayRoom(context, (heard) => {
        address = heard
      }),
    ],
    address: () => address,
  }
}

async function workFolder(config: LocalModeConfig, room: string): Promise<string> {
  const path = join(config.dataDir, 'work', room)
  await mkdir(path, { recursive: true, mode: 0o700 })
  return realpath(path)
}
