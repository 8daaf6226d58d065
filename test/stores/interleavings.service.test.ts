// The interleavings of the pure model, step by step on a real server: it must decide every step as the model does.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Step, StepResult } from '#runtime/state/state-store.ts'
import type { Event } from '#schemas/events/event-types.ts'
import { beginEmpty } from '../conformance/redis-adapters.ts'
import { ModelStore } from '../gateway/model-store.ts'
import { type Plot, play, plot } from '../gateway/plots.ts'
import { withServices } from '../services/with-services.ts'
import { openStoreWorld, type StoreWorld } from './store-world.ts'

const RUNS = Number(process.env.STORE_INTERLEAVINGS ?? 1_000)

type ModelStep = Parameters<ModelStore['commit']>[0]
interface Played {
  readonly step: ModelStep
  readonly result: StepResult
  /** Of the entries that the step wrote. */
  readonly version: number
}

/** A model that writes down every step and what became of it. */
class RecordingStore extends ModelStore {
  readonly played: Played[] = []

  override commit(step: ModelStep): StepResult {
    const result = super.commit(step)
    const [first] = step.puts ?? []
    this.played.push({ step, result, version: first === undefined ? 0 : this.version(first.key) })
    return result
  }
}

const message = (fact: Event) => ({
  topic: 'facts',
  key: fact.job_id,
  value: Buffer.from(fact.event_id),
  headers: {},
})

/** Plays the same steps on the server; versions are its own, so each of the model's is told by the entry it stands for. */
async function replay({ store }: StoreWorld, played: readonly Played[]): Promise<void> {
  const versions = new Map<string, number>()
  const nameOf = (key: string, version: number) => `${key} ${version}`
  for (const { step: model, result, version } of played) {
    const { facts = [], ...rest } = model
    const checks = (model.checks ?? []).map(({ key, version: seen }) => ({
      key,
      // What the model never saw written is a version that the server never gave.
      version: seen === 0 ? 0 : (versions.get(nameOf(key, seen)) ?? -1),
    }))
    const step: Step = { ...rest, checks, outbox: facts.map(message) }
    const { outboxIds: _, ...told } = { outboxIds: [], ...(await store.commit(step)) }
    const { outboxIds: __, ...expected } = { outboxIds: [], ...result }
    expect(told).toEqual(expected)
    if (result.verdict !== 'done') continue
    for (const { key } of model.puts ?? [])
      versions.set(nameOf(key, version), (await store.get(key))?.version ?? 0)
  }
}

/** Entries, counters and the order of the facts. */
async function compare({ store }: StoreWorld, model: RecordingStore): Promise<void> {
  const keys = [...model.entries.keys()]
  const values = await store.getMany(keys)
  expect(values.map((entry) => entry?.value)).toEqual(keys.map((key) => model.entries.get(key)?.value))
  for (const [name, value] of model.counters) expect(await store.counter(name)).toBe(value)
  const waiting = await store.outbox(10_000)
  expect(waiting.map(({ message: { value } }) => Buffer.from(value).toString())).toEqual(
    model.facts.map(({ event_id }) => event_id),
  )
}

await withServices(['valkey'], ({ valkey }) => {
  test(`${RUNS} interleavings come out on a real server as in the model, step by step`, async () => {
    const seed = Number(process.env.FC_SEED ?? Date.now() % 1_000_000_000)
    let steps = 0
    let refused = 0
    await fc.assert(
      fc.asyncProperty(plot, async (drawn: Plot) => {
        const { store: model } = play(drawn, new RecordingStore())
        await using world = await openStoreWorld(valkey.addresses.url)
        await beginEmpty(world.redis)
        await replay(world, model.played)
        await compare(world, model)
        await world.redis.removeKeys(world.redis.keyPrefix)
        steps += model.played.length
        refused += model.played.filter(({ result }) => result.verdict !== 'done').length
      }),
      { numRuns: RUNS, seed },
    )
    console.log(`interleavings=${RUNS} seed=${seed} steps=${steps} refused=${refused} different=0`)
    expect(refused).toBeGreaterThan(RUNS / 10)
  }, 120_000)
})
