// What handling a job needs from outside, and the times and numbers it keeps to.
import type { Box } from '#runtime/box/pure/box-request.ts'
import type { Bus, BusMessage } from '#runtime/bus/bus.ts'
import type { Clock } from '#runtime/clock.ts'
import type { Log } from '#runtime/log.ts'
import type { ObjectSources } from '#runtime/objects/object-sources.ts'
import type { Objects } from '#runtime/objects/objects.ts'
import type { StateStore } from '#runtime/state/state-store.ts'
import type { Event } from '#schemas/events/event-types.ts'
import type { Prober } from '../boxed-probe.ts'
import type { ExtractorLimits } from '../pure/limits.ts'

export interface ExtractorTiming {
  readonly leaseTtlMs: number
  /** How often the lease is renewed and the decision about the job is asked after. */
  readonly leaseRenewMs: number
  /** How often a waiting record asks whether the lease is free. */
  readonly pollMs: number
  /** Starts of one job that ended nobody knows how, after which it is refused. */
  readonly unexplainedStarts: number
}

export const EXTRACTOR_TIMING: ExtractorTiming = {
  leaseTtlMs: 10_000,
  leaseRenewMs: 2_500,
  pollMs: 500,
  unexplainedStarts: 20,
}

/** Members of one job being stored at once. */
export const UPLOADS_AT_ONCE = 8
/** Facts and work items published together. */
export const PUBLISHED_AT_ONCE = 200

export interface ExtractorPorts {
  readonly store: StateStore
  readonly objects: Objects
  /** Buckets that clients may name their files in. */
  readonly sources?: ObjectSources | undefined
  readonly bus: Pick<Bus, 'publish'>
  readonly encode: (topic: string, key: string, event: Event) => Promise<BusMessage>
  readonly box: Box
  readonly prober: Prober
  readonly limits: ExtractorLimits
  /** Ours alone; everything in it was made by this run of the process. */
  readonly workFolder: string
  readonly clock: Clock
  /** Unique for each run of the process. */
  readonly owner: string
  readonly timing: ExtractorTiming
  readonly log: Log
  /** A fact was put into the outbox: the relay may look. */
  readonly wakeRelay: () => void
}
