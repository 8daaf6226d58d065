// Starts the REST gateway: checks what it was given, listens, and says where.
import type { FastifyInstance } from 'fastify'
import type { Registry } from 'prom-client'
import type { RecordCodec } from '#runtime/bus/record-codec.ts'
import type { Clock, Random } from '#runtime/clock.ts'
import { ConfigurationError } from '#runtime/configuration-error.ts'
import type { Log } from '#runtime/log.ts'
import type { ObjectSources } from '#runtime/objects/object-sources.ts'
import type { Objects } from '#runtime/objects/objects.ts'
import type { Relay } from '#runtime/pump/relay.ts'
import { retryTransient } from '#runtime/retry-transient.ts'
import { type ReadTogether, readEach } from '#runtime/state/read-together.ts'
import type { StateStore } from '#runtime/state/state-store.ts'
import type { Views } from '#runtime/views/views.ts'
import type { Event } from '#schemas/events/event-types.ts'
import { grantFirstCredits } from './accounts/grant-credits.ts'
import { type Accounts, requireSafeAddress } from './accounts/load-accounts.ts'
import type { DecisionPorts } from './commit-decision.ts'
import { DEFAULT_LIMITS, type GatewayLimits, type GatewayParts, KEYED_LIMITS } from './gateway-parts.ts'
import { gatewayMetrics } from './http/watch-requests.ts'
import { openJobsRoot } from './resolve-input.ts'
import { buildServer } from './server.ts'
import { linkSigner, openLinkSecret } from './signed-link.ts'

export interface GatewayOptions {
  readonly store: StateStore
  readonly views: Views
  /** Where the store has a call for both; without it each is asked by itself. */
  readonly together?: ReadTogether | undefined
  readonly objects: Objects
  /** Buckets that clients may name their files in. */
  readonly sources?: ObjectSources | undefined
  readonly relay: Pick<Relay, 'wake' | 'flushed'>
  readonly codec: Pick<RecordCodec<Event>, 'encode'>
  readonly clock: Clock
  readonly random: Random
  readonly accounts: Accounts
  readonly config: {
    readonly host: string
    /** 0: any free one. */
    readonly port: number
    readonly jobsRoot: string
    /** Address under which clients reach the service; where it is missing, links name the host that was asked. */
    readonly publicUrl?: string
    readonly limits?: Partial<GatewayLimits>
  }
  readonly log: Log
  readonly metrics: Registry
  /** Aborting it closes the gateway. */
  readonly signal: AbortSignal
  /** How long a 2xx waits for its fact to reach the bus. */
  readonly confirmWithinMs?: number
  /** How long a stop waits for answers that are being sent. */
  readonly closeWithinMs?: number
}

export interface RunningGateway extends AsyncDisposable {
  /** For example http://127.0.0.1:8080 */
  readonly address: string
  close(): Promise<void>
}

const CONFIRM_WITHIN_MS = 5_000
const CLOSE_WITHIN_MS = 5_000
const SECRET_EVERY_MS = 2_000
const START_RETRY = { limit: Number.POSITIVE_INFINITY, firstDelayMs: 100, maxDelayMs: 1_000 }

/**
 * Starts the gateway and resolves when it answers.
 * @throws {ConfigurationError} for an address that is not safe or not free, or a jobs root that is not there.
 */
export async function startGateway(options: GatewayOptions): Promise<RunningGateway> {
  const { store, relay, codec, accounts, config } = options
  requireSafeAddress(accounts, config.host)
  const jobsRoot = { configured: config.jobsRoot, real: await openJobsRoot(config.jobsRoot) }
  const stopping = new AbortController()
  const { confirmWithinMs = CONFIRM_WITHIN_MS } = options
  const decisions: DecisionPorts = { store, relay, codec, confirmWithinMs }
  const parts = await onceStoreAnswers(options, async () => {
    await grantFirstCredits(decisions, accounts, options.clock)
    return gatewayParts(options, { decisions, jobsRoot, stopping: stopping.signal })
  })
  const server = await buildServer(parts, accounts, options.metrics)
  const address = await listen(server, config)
  const close = once(async () => {
    stopping.abort()
    await closeServer(server, options.closeWithinMs ?? CLOSE_WITHIN_MS)
  })
  if (options.signal.aborted) await close()
  options.signal.addEventListener('abort', () => void close(), { once: true })
  return { address, close, [Symbol.asyncDispose]: close }
}

/** A store that is new or was lost is being built by the projection: a gateway that starts waits for it. */
async function onceStoreAnswers<T>({ log, signal }: GatewayOptions, work: () => Promise<T>): Promise<T> {
  let made: { readonly value: T } | undefined
  const keep = async () => {
    made = { value: await work() }
  }
  await retryTransient(keep, { what: 'starting the gateway', retry: START_RETRY, log, signal })
  signal.throwIfAborted()
  if (made === undefined) throw new Error('a start without parts')
  return made.value
}

/** A connection on which nothing is said would keep the server open: after a while all are cut. */
async function closeServer(server: FastifyInstance, withinMs: number): Promise<void> {
  const cut = setTimeout(() => server.server.closeAllConnections(), withinMs)
  try {
    await server.close()
  } finally {
    clearTimeout(cut)
  }
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined
  return () => {
    done ??= work()
    return done
  }
}

async function gatewayParts(
  options: GatewayOptions,
  made: Pick<GatewayParts, 'decisions' | 'jobsRoot' | 'stopping'>,
): Promise<GatewayParts> {
  const { store, views, objects, clock, random, log, config, accounts } = options
  const secret = await openLinkSecret(store, random, { everyMs: SECRET_EVERY_MS, signal: made.stopping })
  return {
    ...made,
    store,
    views,
    together: options.together ?? readEach(store, views),
    objects,
    sources: options.sources,
    clock,
    random,
    log,
    metrics: gatewayMetrics(options.metrics),
    links: linkSigner(secret.value, clock),
    limits: { ...(accounts.kind === 'keys' ? KEYED_LIMITS : DEFAULT_LIMITS), ...config.limits },
    publicUrl: config.publicUrl?.replace(/\/+$/, ''),
  }
}

const LISTEN_PROBLEMS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use by another program',
  EACCES: 'may not be opened by this user',
  EADDRNOTAVAIL: 'is not an address of this machine',
  ENOTFOUND: 'is not an address of this machine',
}

async function listen(
  server: FastifyInstance,
  { host, port }: { host: string; port: number },
): Promise<string> {
  try {
    return await server.listen({ host, port })
  } catch (cause) {
    await server.close()
    const problem = LISTEN_PROBLEMS[cause instanceof Error && 'code' in cause ? String(cause.code) : '']
    if (problem === undefined) throw cause
    const advice = 'Choose another one with --host and --port, or SYNTONYM_HOST and SYNTONYM_PORT.'
    throw new ConfigurationError(`${host} port ${port} ${problem}. ${advice}`, { cause })
  }
}
