// Builds the parts of the store that are missing, or the views on demand, and puts them into use at once.
import type { Bus } from '#runtime/bus/bus.ts'
import type { RecordCodec } from '#runtime/bus/record-codec.ts'
import type { Clock } from '#runtime/clock.ts'
import type { Log } from '#runtime/log.ts'
import { pause } from '#runtime/pause.ts'
import type { Part, StoreBuilds } from '#runtime/state/store-builds.ts'
import type { Views } from '#runtime/views/views.ts'
import type { Event } from '#schemas/events/event-types.ts'
import { viewsReadyDoc } from '#schemas/views.ts'
import { rebuildFromFacts } from './rebuild.ts'

export interface BuildOptions {
  readonly bus: Pick<Bus, 'readAll'>
  readonly codec: Pick<RecordCodec<Event>, 'decode'>
  readonly views: Views
  readonly builds?: StoreBuilds | undefined
  readonly clock: Clock
  readonly log: Log
  readonly arrivalMs?: number
}

const ARRIVAL_MS = 2_000

/** What the store does not have: it is new, was emptied, or came back with an old state. */
export async function missingParts({
  views,
  builds,
}: Pick<BuildOptions, 'views' | 'builds'>): Promise<Part[]> {
  if (builds === undefined) return (await views.read(viewsReadyDoc)) === undefined ? ['views'] : []
  const parts: Part[] = []
  for (const part of ['decisions', 'views'] as const) if (!(await builds.inUse(part))) parts.push(part)
  return parts
}

/**
 * Builds the views, and the decisions where they are missing; the old ones answer meanwhile where they are there.
 * Answers the number of facts.
 * @throws {TransientFailure} BUILD_SUPERSEDED when another process is at it; the signal's reason
 */
export async function buildStore(options: BuildOptions, signal: AbortSignal): Promise<number> {
  const { bus, codec, builds, clock, log } = options
  const missing = await missingParts(options)
  await using decisions = missing.includes('decisions') ? await builds?.decisions() : undefined
  await using beside = await builds?.views()
  // A relay may have read the lost outbox just before: what it still brings over is to be read, too.
  if (decisions !== undefined) await pause(options.arrivalMs ?? ARRIVAL_MS, signal)
  const views = beside?.views ?? options.views
  const count = await rebuildFromFacts({ bus, codec, views, decisions, log, signal })
  await views.apply([{ do: 'max', doc: viewsReadyDoc, field: 'since_ms', value: clock.now() }])
  await decisions?.takeOver()
  await beside?.takeOver()
  return count
}
