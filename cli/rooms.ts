// Puts each room together from the stores it is given; local mode runs them side by side, cluster mode one in each process.
import { randomUUID } from 'node:crypto'
import type { Registry } from 'prom-client'
import { startExtractor } from '#extractor/extractor.ts'
import { DEFAULT_EXTRACTOR_LIMITS } from '#extractor/pure/limits.ts'
import { loadAccounts } from '#gateway/accounts/load-accounts.ts'
import { startGateway } from '#gateway/start-gateway.ts'
import { factMetrics } from '#projection/fact-metrics.ts'
import { jobMetrics } from '#projection/job-metrics.ts'
import { startProjection } from '#projection/projection.ts'
import type { Bus } from '#runtime/bus/bus.ts'
import type { RecordCodec } from '#runtime/bus/record-codec.ts'
import type { Clock } from '#runtime/clock.ts'
import type { Log } from '#runtime/log.ts'
import type { ObjectSources } from '#runtime/objects/object-sources.ts'
import type { Objects } from '#runtime/objects/objects.ts'
import type { Relay } from '#runtime/pump/relay.ts'
import type { Room } from '#runtime/service/lifecycle.ts'
import type { pumpMetrics } from '#runtime/service/metrics.ts'
import { confirmedSteps } from '#runtime/state/confirmed-steps.ts'
import { alwaysFirm, type OnFirmGround, onFirmGround } from '#runtime/state/facts-on-bus.ts'
import type { ReadTogether } from '#runtime/state/read-together.ts'
import type { StateStore } from '#runtime/state/state-store.ts'
import { rebuiltWhenBehind } from '#runtime/state/store-behind.ts'
import type { StoreBuilds } from '#runtime/state/store-builds.ts'
import type { Views } from '#runtime/views/views.ts'
import type { Event } from '#schemas/events/event-types.ts'
import { type Environment, machineBox } from './machine.ts'

/** What the rooms share once the stores are open. */
export interface Shared {
  readonly stores: {
    readonly bus: Bus
    readonly store: StateStore
    readonly views: Views
    readonly objects: Objects
    /** Buckets that clients may name their files in; local mode has none. */
    readonly sources?: ObjectSources
    /** Where decisions and views lie in one store: both by one question. */
    readonly together?: ReadTogether
    /** Where the store can be lost: how the projection builds it anew. */
    readonly builds?: StoreBuilds
  }
  readonly codec: RecordCodec<Event>
  readonly relay: Pick<Relay, 'wake' | 'flushed'>
}

export interface RoomContext {
  readonly config: {
    readonly jobsRoot: string
    readonly host: string
    readonly port: number
    readonly keysFile: string | undefined
  }
  readonly log: Log
  readonly environment: Environment
  readonly clock: Clock
  readonly registry: Registry
  readonly pumps: ReturnType<typeof pumpMetrics>
  /** Unique for each run of the process. */
  readonly owner: string
  /** An existing folder for a room of this process alone. */
  readonly workFolder: (room: string) => Promise<string>
  readonly shared: Promise<Shared>
}

/** Where the store can be lost a worker's step counts when its fact is on the bus; where it cannot, when it is committed. */
export const workerStore = ({ stores, relay }: Shared): StateStore =>
  stores.builds === undefined ? stores.store : confirmedSteps(stores.store, relay)

/** The same for what a worker only finds done. */
export const workerGround = ({ stores: { store, builds }, relay }: Shared): OnFirmGround =>
  builds === undefined ? alwaysFirm : rebuiltWhenBehind(onFirmGround(store, relay), store, builds)

export const projectionRoom = ({ log, clock, registry, pumps, shared }: RoomContext): Room => ({
  name: 'projection',
  start: async (signal) => {
    const { stores, codec } = await shared
    const { bus, views, builds } = stores
    const metrics = pumps('syntonym.projection')
    const told = { metrics, onFact: factMetrics(registry), onCount: jobMetrics(registry, clock) }
    return startProjection({ bus, codec, views, builds, clock, log, ...told, signal })
  },
})

export const extractorRoom = (context: RoomContext): Room => ({
  name: 'extractor',
  start: async (signal) => {
    const { stores, codec, relay } = await context.shared
    const { log, clock, pumps, owner } = context
    return startExtractor({
      ...{ bus: stores.bus, store: workerStore(await context.shared), objects: stores.objects },
      ...{ codec, clock, owner, log, signal },
      sources: stores.sources,
      box: await machineBox(context.environment),
      limits: DEFAULT_EXTRACTOR_LIMITS,
      workFolder: await context.workFolder('extractor'),
      metrics: pumps('syntonym.extractor'),
      firm: workerGround(await context.shared),
      wakeRelay: () => relay.wake(),
    })
  },
})

export const gatewayRoom = (context: RoomContext, onAddress: (address: string) => void): Room => ({
  name: 'gateway',
  start: async (signal) => {
    const { stores, codec, relay } = await context.shared
    const { config, clock, log, registry } = context
    const gateway = await startGateway({
      ...{ store: stores.store, views: stores.views, together: stores.together },
      ...{ objects: stores.objects, sources: stores.sources },
      ...{ relay, codec, clock, log, signal, metrics: registry },
      random: { uuid: () => randomUUID() },
      accounts: await loadAccounts(config.keysFile),
      config: { host: config.host, port: config.port, jobsRoot: config.jobsRoot },
    })
    onAddress(gateway.address)
    return gateway
  },
})
