import fc from 'fast-check'
import { expect, test } from 'vitest'
import { buildStore } from '#projection/build-store.ts'
import { creditCounter } from '#schemas/state-keys.ts'
import { realClock } from '../conformance/local-adapters.ts'
import { beginEmpty } from '../conformance/redis-adapters.ts'
import { keptLog } from '../runtime/silent.ts'
import { withServices } from '../services/with-services.ts'
import { contentOf } from './content-of-store.ts'
import { ACCOUNT, decider, jobOf, logOf } from './ledger-world.ts'
import { openStoreWorld, type StoreWorld } from './store-world.ts'

const RUNS = Number(process.env.LEDGER_RUNS ?? 40)
const JOBS = 4
const TASKS = 3

const job = fc.nat(JOBS - 1)
const command = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('approve' as const), job }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const), job }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('grant' as const), credits: fc.nat(20), id: fc.nat(2) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      job,
      task: fc.nat(TASKS - 1),
      how: fc.constantFrom('completed' as const, 'failed' as const),
    }),
  },
)
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never
const plot = fc.record({
  first: fc.nat(40),
  cost: fc.integer({ min: 1, max: 5 }),
  /** What each process does, one after the other; the processes run at once. */
  processes: fc.array(fc.array(command, { minLength: 4, maxLength: 14 }), { minLength: 2, maxLength: 4 }),
})

function perform(who: ReturnType<typeof decider>, run: string, each: Command): Promise<string> {
  if (each.do === 'grant') return who.grant(each.credits, `${run}-${each.id}`)
  const jobId = jobOf(run, each.job)
  if (each.do === 'approve') return who.approve(jobId)
  return each.do === 'cancel' ? who.cancel(jobId) : who.settle(jobId, each.task, each.how)
}

const potsOf = async ({ store }: StoreWorld) => {
  const pots = ['available', 'held', 'spent'] as const
  const [available = 0, held = 0, spent = 0] = await Promise.all(
    pots.map((pot) => store.counter(creditCounter(ACCOUNT, pot))),
  )
  return { available, held, spent }
}

await withServices(['valkey'], ({ valkey }) => {
  const { url } = valkey.addresses
  const never = new AbortController().signal

  test(`${RUNS} mixes of grants, approvals, cancellations and settlements by several processes at once: no negative balance, no double charge, and the ledger of the facts is the live one`, async () => {
    const seed = Number(process.env.FC_SEED ?? Date.now() % 1_000_000_000)
    const reached = new Map<string, number>()
    let number = 0
    await fc.assert(
      fc.asyncProperty(plot, async ({ first, cost, processes }) => {
        number += 1
        const run = `${seed}-${number}`
        await using world = await openStoreWorld(url)
        await beginEmpty(world.redis)
        const setup = decider(world.store, { tasks: TASKS, cost })
        await setup.grant(first, `${run}-first`)
        const jobs = Array.from({ length: JOBS }, (_, n) => jobOf(run, n))
        for (const each of jobs) await setup.submit(each)
        await Promise.all(
          processes.map(async (commands) => {
            const who = decider(world.store, { tasks: TASKS, cost })
            for (const each of commands) {
              const say = `${each.do}: ${await perform(who, run, each)}`
              reached.set(say, (reached.get(say) ?? 0) + 1)
              const { available, held } = await potsOf(world)
              expect(Math.min(available, held)).toBeGreaterThanOrEqual(0)
            }
          }),
        )
        const compared = { accounts: [ACCOUNT], jobs, tasksOfJob: TASKS }
        const live = await contentOf(world, compared)
        const { bus, codec } = await logOf(world.store)
        const granted = await sumOfGrants(await logOf(world.store))
        const { available, held, spent } = await potsOf(world)
        expect(available + held + spent).toBe(granted)
        const settled = Object.values(live.decisions.entries).filter((value) => value === 'completed')
        expect(spent).toBe(settled.length * cost)

        await using fresh = await openStoreWorld(url)
        const { views, builds } = fresh
        await buildStore({ bus, codec, views, builds, clock: realClock, log: keptLog(), arrivalMs: 0 }, never)
        expect((await contentOf(fresh, compared)).decisions).toEqual(live.decisions)
        await world.redis.removeKeys(world.redis.keyPrefix)
        await fresh.redis.removeKeys(fresh.redis.keyPrefix)
      }),
      { numRuns: RUNS, seed },
    )
    console.log(
      `ledger runs=${RUNS} seed=${seed} answers=${JSON.stringify(Object.fromEntries([...reached].sort()))}`,
    )
    for (const say of [
      'approve: approved',
      'approve: too-few-credits',
      'settle: completed',
      'settle: cancelled',
    ])
      expect(reached.get(say) ?? 0).toBeGreaterThan(0)
  }, 240_000)
})

async function sumOfGrants({ bus, codec }: Awaited<ReturnType<typeof logOf>>): Promise<number> {
  let sum = 0
  for await (const record of bus.readAll('syntonym.credits.v1')) {
    const event = await codec.decode(record)
    if (event.type === 'CreditsGranted') sum += event.data.credits
  }
  return sum
}
