// Gateways on real SQLite stores with the projection running, for tests; what the other rooms do is played by `backstage.ts`.

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Registry } from 'prom-client'
import { eventCodec } from '#cli/event-codec.ts'
import { type Accounts, LOCAL_ACCOUNTS } from '#gateway/accounts/load-accounts.ts'
import type { GatewayLimits } from '#gateway/gateway-parts.ts'
import { type GatewayOptions, type RunningGateway, startGateway } from '#gateway/start-gateway.ts'
import { startProjection } from '#projection/projection.ts'
import type { RecordCodec } from '#runtime/bus/record-codec.ts'
import type { Clock } from '#runtime/clock.ts'
import type { Objects } from '#runtime/objects/objects.ts'
import { type Relay, startRelay } from '#runtime/pump/relay.ts'
import { type LocalStores, openLocalStores } from '#runtime/sqlite/local-stores.ts'
import type { ReadTogether } from '#runtime/state/read-together.ts'
import type { StateStore } from '#runtime/state/state-store.ts'
import type { StoreBuilds } from '#runtime/state/store-builds.ts'
import type { Views } from '#runtime/views/views.ts'
import type { Event } from '#schemas/events/event-types.ts'
import { RELAY_LEASE } from '#schemas/state-keys.ts'
import { TOPICS } from '#schemas/topics.ts'
import { viewsReadyDoc } from '#schemas/views.ts'
import { realClock, temporaryFolder } from '../conformance/local-adapters.ts'
import { type KeptLog, keptLog, noPumpMetrics } from '../runtime/silent.ts'

export interface GatewaySettings {
  readonly accounts?: Accounts
  readonly limits?: Partial<GatewayLimits>
  readonly clock?: Clock
  readonly parts?: Partial<GatewayOptions>
  readonly publicUrl?: string
}

export interface GatewayWorld extends AsyncDisposable {
  readonly stores: LocalStores
  readonly objects: Objects
  readonly codec: RecordCodec<Event>
  readonly relay: Relay
  readonly jobsRoot: string
  readonly log: KeptLog
  readonly signal: AbortSignal
  /** Another gateway on the same stores; it ends with the world. */
  start(settings?: GatewaySettings): Promise<RunningGateway>
  options(settings?: GatewaySettings): GatewayOptions
}

/** Stores that several processes share, in place of the local ones. */
export interface SharedStore {
  readonly store: StateStore
  readonly views: Views
  readonly together: ReadTogether
  readonly builds: StoreBuilds
}

export async function openGatewayWorld(shared?: SharedStore): Promise<GatewayWorld> {
  const folder = await temporaryFolder()
  const stopped = new AbortController()
  const { signal } = stopped
  const log = keptLog()
  const jobsRoot = join(folder.path, 'jobs-root')
  await mkdir(jobsRoot)
  for (const name of ['a.jpg', 'b.mp4', 'c.zip', 'UPPER.JPG']) await writeFile(join(jobsRoot, name), name)
  const local = await openLocalStores({
    dataDir: join(folder.path, 'data'),
    ownerName: 'test',
    clock: realClock,
  })
  const stores: LocalStores = { ...local, ...shared }
  await stores.bus.ensureTopics(TOPICS)
  const { objects } = stores
  const codec = eventCodec(stores.registry)
  const relay = startRelay({
    store: stores.store,
    bus: stores.bus,
    lease: RELAY_LEASE,
    owner: 'test',
    leaseTtlMs: 10_000,
    pollMs: 20,
    batch: 100,
    clock: realClock,
    log,
    metrics: { relayed: () => undefined },
    signal,
  })
  const projection = await startProjection({
    bus: stores.bus,
    codec,
    views: stores.views,
    builds: shared?.builds,
    clock: realClock,
    log,
    metrics: noPumpMetrics,
    signal,
    checkEveryMs: 50,
    arrivalMs: 300,
  })
  const isBuilt = () => stores.views.read(viewsReadyDoc).catch(() => undefined)
  while ((await isBuilt()) === undefined) await new Promise((r) => setTimeout(r, 5))
  const gateways: RunningGateway[] = []

  const options = (settings: GatewaySettings = {}): GatewayOptions => ({
    store: stores.store,
    views: stores.views,
    together: shared?.together,
    objects,
    relay,
    codec,
    clock: settings.clock ?? realClock,
    random: { uuid: () => crypto.randomUUID() },
    accounts: settings.accounts ?? LOCAL_ACCOUNTS,
    config: {
      host: '127.0.0.1',
      port: 0,
      jobsRoot,
      ...(settings.limits === undefined ? {} : { limits: settings.limits }),
      ...(settings.publicUrl === undefined ? {} : { publicUrl: settings.publicUrl }),
    },
    log,
    metrics: new Registry(),
    signal,
    closeWithinMs: 300,
    ...settings.parts,
  })
  return {
    stores,
    objects,
    codec,
    relay,
    jobsRoot,
    log,
    signal,
    options,
    async start(settings) {
      const gateway = await startGateway(options(settings))
      gateways.push(gateway)
      return gateway
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(gateways.map((gateway) => gateway.close()))
      await projection[Symbol.asyncDispose]()
      await relay[Symbol.asyncDispose]()
      stopped.abort()
      await stores[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}
