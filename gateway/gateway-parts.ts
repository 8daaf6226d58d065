// What every route works with: stores, decisions, clock, limits. Wired once when the gateway starts.
import type { Clock, Random } from '#runtime/clock.ts'
import type { Log } from '#runtime/log.ts'
import type { ObjectSources } from '#runtime/objects/object-sources.ts'
import type { Objects } from '#runtime/objects/objects.ts'
import type { ReadTogether } from '#runtime/state/read-together.ts'
import type { StateStore } from '#runtime/state/state-store.ts'
import type { Views } from '#runtime/views/views.ts'
import type { DecisionPorts } from './commit-decision.ts'
import type { GatewayMetrics } from './http/watch-requests.ts'
import type { LinkSigner } from './signed-link.ts'

export interface GatewayLimits {
  /** Requests of one account (or, without a key, one address) in a minute; undefined: no limit. */
  readonly requestsPerMinute: number | undefined
  /** Event streams open at once, in all and for one account. */
  readonly eventStreams: number
  readonly eventStreamsPerAccount: number
  /** How long an answer may take before it is 503. */
  readonly answerWithinMs: number
  /** How long a signed link opens its file. */
  readonly linkSeconds: number
  readonly bodyBytes: number
  /** Mean delay of the event loop over a second from which requests are turned away. */
  readonly eventLoopDelayMs: number
}

export const DEFAULT_LIMITS: GatewayLimits = {
  requestsPerMinute: undefined,
  eventStreams: 200,
  eventStreamsPerAccount: 50,
  answerWithinMs: 9_000,
  linkSeconds: 3_600,
  bodyBytes: 1_048_576,
  eventLoopDelayMs: 2_000,
}

/** With keys, whoever has one may be anybody: 100 requests a second are enough for a client that behaves. */
export const KEYED_LIMITS: GatewayLimits = { ...DEFAULT_LIMITS, requestsPerMinute: 6_000 }

export interface GatewayParts {
  readonly store: StateStore
  readonly views: Views
  readonly together: ReadTogether
  readonly objects: Objects
  /** Buckets that clients may name their files in. */
  readonly sources: ObjectSources | undefined
  readonly decisions: DecisionPorts
  readonly clock: Clock
  readonly random: Random
  readonly links: LinkSigner
  readonly log: Log
  readonly metrics: GatewayMetrics
  readonly limits: GatewayLimits
  /** `configured` as the operator wrote it, `real` without links. */
  readonly jobsRoot: { readonly configured: string; readonly real: string }
  /** Address under which clients reach the service, without a slash at the end; undefined: links are relative. */
  readonly publicUrl: string | undefined
  /** Aborts when the gateway is being stopped. */
  readonly stopping: AbortSignal
}
