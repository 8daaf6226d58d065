// A relay that was held up brings a fact of a lost store to the bus after the new one was built: the store is built once more.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { failureKind } from '#runtime/failure.ts'
import { onFirmGround } from '#runtime/state/facts-on-bus.ts'
import { rebuiltWhenBehind, StoreBehind } from '#runtime/state/store-behind.ts'
import type { EventOf } from '#schemas/events/event-types.ts'
import { eventId } from '#schemas/ids.ts'
import { decisionKey } from '#schemas/state-keys.ts'
import { JOBS } from '#schemas/topics.ts'
import { openGatewayWorld } from '../gateway/gateway-world.ts'
import { withServices } from '../services/with-services.ts'
import { openStoreWorld, type StoreWorld } from './store-world.ts'

const never = new AbortController().signal

const submitted = (jobId: string): EventOf<'JobSubmitted'> => ({
  event_id: eventId('JobSubmitted', jobId),
  occurred_at_ms: Date.now() - 60_000,
  account_id: 'anna',
  job_id: jobId,
  type: 'JobSubmitted',
  data: {
    ...{ input_file: 'a.jpg', source: '/jobs/a.jpg', input_kind: 'picture', model: 'blur' },
    ...{ model_config: '{}', needs_approval: true, metered: false, user_tag: null },
  },
})

/** Handles a record about a job as a worker's pump does: again and again over transient failures. */
async function handled(world: StoreWorld, relay: Parameters<typeof onFirmGround>[1], jobId: string) {
  const { store, builds } = world
  const firm = rebuiltWhenBehind(onFirmGround(store, relay), store, builds)
  const generations = new Set<string>()
  for (let tries = 0; tries < 500; tries += 1) {
    try {
      await firm(jobId, never, async () => {
        generations.add(await store.generation())
        if ((await store.get(decisionKey(jobId))) === undefined) throw new StoreBehind('not known here')
      })
      return { generations: generations.size, code: undefined }
    } catch (error) {
      const failure = failureKind(error)
      if (failure.kind === 'permanent') return { generations: generations.size, code: failure.code }
      if (failure.kind !== 'transient') throw error
    }
    await sleep(50)
  }
  throw new Error('waited in vain')
}

await withServices(
  ['valkey'],
  ({ valkey }) => {
    test('a job whose submission came late is known after one more rebuild, and nothing else of the store is lost', async () => {
      await using shared = await openStoreWorld(valkey.addresses.url)
      await using world = await openGatewayWorld(shared)
      const early = submitted(randomUUID())
      await world.stores.bus.publish([await world.codec.encode(JOBS.name, early.job_id, early)])
      expect(await handled(shared, world.relay, early.job_id)).toMatchObject({ code: undefined })
      const late = submitted(randomUUID())
      await world.stores.bus.publish([await world.codec.encode(JOBS.name, late.job_id, late)])
      expect(await handled(shared, world.relay, late.job_id)).toEqual({ generations: 2, code: undefined })
      for (const { job_id } of [early, late])
        expect(JSON.parse((await shared.store.get(decisionKey(job_id)))?.value ?? '{}')).toMatchObject({
          state: 'open',
          input_file: 'a.jpg',
        })
    }, 60_000)

    test('a record about a job that no fact tells of fails for good after one rebuild, and does not wait for ever', async () => {
      await using shared = await openStoreWorld(valkey.addresses.url)
      await using world = await openGatewayWorld(shared)
      expect(await handled(shared, world.relay, randomUUID())).toEqual({
        generations: 2,
        code: 'JOB_UNKNOWN',
      })
    }, 60_000)

    test('only the store that was found behind is taken out of use, not the one that was built since', async () => {
      await using shared = await openStoreWorld(valkey.addresses.url)
      await using _world = await openGatewayWorld(shared)
      while (!(await shared.builds.inUse('decisions'))) await sleep(20)
      await shared.builds.distrust('decisions', 'an older generation')
      expect(await shared.builds.inUse('decisions')).toBe(true)
      await shared.builds.distrust('decisions', await shared.store.generation())
      expect(await shared.builds.inUse('decisions')).toBe(false)
    }, 60_000)
  },
  { own: true },
)
