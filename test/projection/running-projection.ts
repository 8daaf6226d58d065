// A projection on SQLite with the codec of our events, for tests.
import { eventCodec } from '#cli/event-codec.ts'
import { type Projection, startProjection } from '#projection/projection.ts'
import type { Bus, BusMessage } from '#runtime/bus/bus.ts'
import type { RecordCodec } from '#runtime/bus/record-codec.ts'
import { type LocalStores, openLocalStores } from '#runtime/sqlite/local-stores.ts'
import type { Views } from '#runtime/views/views.ts'
import type { Event } from '#schemas/events/event-types.ts'
import { TOPICS } from '#schemas/topics.ts'
import { TOPIC_OF_EVENT } from '#test/projection/topic-of-event.ts'
import { realClock, temporaryFolder } from '../conformance/local-adapters.ts'
import { keptLog, noPumpMetrics } from '../runtime/silent.ts'

export interface Running extends AsyncDisposable {
  readonly stores: LocalStores
  readonly codec: RecordCodec<Event>
  publish(events: readonly Event[]): Promise<void>
  start(views?: Views): Promise<Projection>
  /** Resolves when the projection has committed everything that was published. */
  caughtUp(group: string): Promise<void>
}

const lagOf = async (bus: Bus, group: string) => {
  let lag = 0n
  for (const topic of new Set(Object.values(TOPIC_OF_EVENT))) lag += await bus.lag(group, topic)
  return lag
}

export async function openProjectionWorld(): Promise<Running> {
  const folder = await temporaryFolder()
  const stores = await openLocalStores({ dataDir: folder.path, ownerName: 'test', clock: realClock })
  await stores.bus.ensureTopics(TOPICS)
  const codec = eventCodec(stores.registry)
  const message = (event: Event): Promise<BusMessage> =>
    codec.encode(TOPIC_OF_EVENT[event.type], event.job_id, event)
  return {
    stores,
    codec,
    async publish(events) {
      await stores.bus.publish(await Promise.all(events.map(message)))
    },
    start: (views = stores.views) =>
      startProjection({
        bus: stores.bus,
        codec,
        views,
        clock: realClock,
        log: keptLog(),
        metrics: noPumpMetrics,
        signal: new AbortController().signal,
        checkEveryMs: 50,
      }),
    async caughtUp(group) {
      for (let tries = 0; (await lagOf(stores.bus, group)) > 0n; tries += 1) {
        if (tries > 4_000) throw new Error('the projection did not catch up')
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    },
    async [Symbol.asyncDispose]() {
      await stores[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}
