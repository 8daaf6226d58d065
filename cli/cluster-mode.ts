// Cluster mode: one room in a process of its own, on Kafka, Redis and S3, with its health and metrics on a port of their own.
import { randomUUID } from 'node:crypto'
import type { Clock } from '#runtime/clock.ts'
import type { Log } from '#runtime/log.ts'
import { type Relay, startRelay } from '#runtime/pump/relay.ts'
import type { Configuration } from '#runtime/service/configuration.ts'
import { dependencyMetrics } from '#runtime/service/health-metrics.ts'
import type { Room } from '#runtime/service/lifecycle.ts'
import { createRegistry, lagMetrics, pumpMetrics, relayMetrics } from '#runtime/service/metrics.ts'
import { NotReady, type ReadinessCheck, startOperationsServer } from '#runtime/service/operations-server.ts'
import { RELAY_LEASE } from '#schemas/state-keys.ts'
import { TOPICS } from '#schemas/topics.ts'
import { anonymizerRoom, type OwnProcess } from './anonymizer-room.ts'
import { type ClusterStores, openClusterStores } from './cluster-stores.ts'
import { dependencies, noAnswer, WATCHED_GROUPS } from './event-bus.ts'
import { eventCodec } from './event-codec.ts'
import type { Environment } from './machine.ts'
import { type OwnWorkFolder, ownWorkFolder } from './own-work-folder.ts'
import { extractorRoom, gatewayRoom, projectionRoom, type RoomContext, type Shared } from './rooms.ts'
import { VERSION } from './version.ts'

export type RoomName = 'gateway' | 'extractor' | 'anonymizer' | 'projection'
export type ClusterConfiguration = Extract<Configuration, { mode: 'cluster' }>

export interface ClusterMode {
  readonly rooms: readonly Room[]
  /** Where the gateway listens, once it does. */
  address(): string | undefined
  /** Where health and metrics are answered, once they are. */
  metricsAddress(): string | undefined
}

/** Short: after the death of the owner nothing is confirmed until the next one has the lease. */
const RELAY_TTL_MS = 5_000
/** Facts of a process that is not the relay wait for so long at most. */
const RELAY_POLL_MS = 100
const RELAY_BATCH = 256

interface Wiring {
  readonly name: RoomName
  readonly config: ClusterConfiguration
  readonly log: Log
  readonly context: RoomContext
  readonly shared: PromiseWithResolvers<Shared>
  readonly own: OwnProcess
  readonly checks: ReadinessCheck[]
  readonly onWait: (service: string | undefined) => void
}

/** `drain`: aborting it lets an anonymizer take no new work; the others do not hear of it. */
export function clusterMode(
  name: RoomName,
  config: ClusterConfiguration,
  log: Log,
  environment: Environment,
  drain: AbortSignal = new AbortController().signal,
): ClusterMode {
  const clock: Clock = { now: () => Date.now() }
  const registry = createRegistry({ version: VERSION, room: name })
  const shared = Promise.withResolvers<Shared>()
  shared.promise.catch(() => undefined)
  const folders = new AsyncDisposableStack()
  const heard: { gateway?: string; metrics?: string } = {}
  const context: RoomContext = {
    ...{ config, log, environment, clock, registry },
    pumps: pumpMetrics(
      registry,
      TOPICS.map((topic) => topic.name),
    ),
    owner: `${name}-${randomUUID()}`,
    workFolder: async (room) => folders.use<OwnWorkFolder>(await ownWorkFolder(config.dataDir, room)).path,
    shared: shared.promise,
  }
  const work = workCheck()
  const own: OwnProcess = {
    kinds: config.taskKinds,
    films: config.films,
    drainMs: config.drainSeconds * 1000,
    drain,
    idle: work.idle,
  }
  const start = notStarted()
  const wiring: Wiring = {
    ...{ name, config, log, context, shared, own },
    checks: [start, work],
    onWait: start.waitsFor,
  }
  return {
    rooms: [
      operationsRoom(wiring, (address) => {
        heard.metrics = address
      }),
      foldersRoom(folders),
      storesRoom(wiring),
      ownRoom(wiring, (address) => {
        heard.gateway = address
      }),
      readyRoom(wiring),
    ],
    address: () => heard.gateway,
    metricsAddress: () => heard.metrics,
  }
}

/** Fails until it is taken out, with what the start waits for. */
function notStarted(): ReadinessCheck & { waitsFor(service: string | undefined): void } {
  let awaited: string | undefined
  return {
    name: 'start',
    check: async () => {
      throw new NotReady(awaited === undefined ? 'still starting' : `the start waits: ${noAnswer(awaited)}`)
    },
    waitsFor: (service) => {
      awaited = service
    },
  }
}

/** Fails while a process is there that takes no work, with the reason. */
function workCheck(): ReadinessCheck & Pick<OwnProcess, 'idle'> {
  let why: string | undefined
  return {
    name: 'work',
    check: async () => {
      if (why !== undefined) throw new NotReady(why)
    },
    idle: (reason) => {
      why = reason
    },
  }
}

const operationsRoom = ({ config, context, checks }: Wiring, onAddress: (address: string) => void): Room => ({
  name: 'operations',
  start: async () => {
    const { host, metricsPort } = config
    const server = await startOperationsServer({
      host,
      port: metricsPort,
      registry: context.registry,
      checks,
    })
    onAddress(`http://${host.includes(':') ? `[${host}]` : host}:${server.port}`)
    return server
  },
})

const foldersRoom = (folders: AsyncDisposableStack): Room => ({
  name: 'folders',
  start: async () => ({ [Symbol.asyncDispose]: () => folders.disposeAsync() }),
})

const storesRoom = ({ name, config, log, context, shared, checks, onWait }: Wiring): Room => ({
  name: 'stores',
  start: async (signal) => {
    const clientId = `syntonym-${name}`
    const stores = await openClusterStores(config.cluster, { clientId, log, signal, onWait })
    const asked = dependencies(stores)
    checks.push(...asked)
    lagMetrics(context.registry, stores.bus, WATCHED_GROUPS)
    dependencyMetrics(context.registry, asked)
    // The relay outlives the room: what it decides while it stops still reaches the bus.
    const relay = relayOf(context, stores)
    shared.resolve({ stores, codec: eventCodec(stores.registry), relay })
    return {
      done: relay.done,
      [Symbol.asyncDispose]: async () => {
        await relay[Symbol.asyncDispose]()
        await stores[Symbol.asyncDispose]()
      },
    }
  },
})

/** Every process that decides can be the relay; the lease makes one of them the owner. */
const relayOf = ({ registry, owner, clock, log }: RoomContext, { store, bus }: ClusterStores): Relay =>
  startRelay({
    ...{ store, bus, owner, clock, log },
    lease: RELAY_LEASE,
    leaseTtlMs: RELAY_TTL_MS,
    pollMs: RELAY_POLL_MS,
    batch: RELAY_BATCH,
    metrics: relayMetrics(registry),
    signal: new AbortController().signal,
  })

function ownRoom({ name, context, own }: Wiring, onAddress: (address: string) => void): Room {
  switch (name) {
    case 'gateway':
      return gatewayRoom(context, onAddress)
    case 'extractor':
      return extractorRoom(context)
    case 'anonymizer':
      return anonymizerRoom(context, own)
    case 'projection':
      return projectionRoom(context)
  }
}

/** Last to start, first to stop: /readyz says no before anything is given up. */
const readyRoom = ({ checks }: Wiring): Room => ({
  name: 'ready',
  start: async () => {
    const [starting] = checks.splice(0, 1)
    return {
      async [Symbol.asyncDispose]() {
        if (starting !== undefined) checks.push(starting)
      },
    }
  },
})
