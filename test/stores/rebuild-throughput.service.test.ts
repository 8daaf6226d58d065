import { createClient } from 'redis'
import { expect, test } from 'vitest'
import { buildStore } from '#projection/build-store.ts'
import { decisionKey } from '#schemas/state-keys.ts'
import { jobDoc } from '#schemas/views.ts'
import { realClock } from '../conformance/local-adapters.ts'
import { manyFacts } from '../projection/many-facts.ts'
import { openProjectionWorld, type Running } from '../projection/running-projection.ts'
import { keptLog } from '../runtime/silent.ts'
import { withServices } from '../services/with-services.ts'
import { openStoreWorld, type StoreWorld } from './store-world.ts'

const FACTS = 100_000
const FEW = 5_000
const PART = 1_000
const never = new AbortController().signal

function build(log: Running, { views, builds }: StoreWorld): Promise<number> {
  const { codec, stores } = log
  return buildStore(
    { bus: stores.bus, codec, views, builds, clock: realClock, log: keptLog(), arrivalMs: 0 },
    never,
  )
}

/** Processor seconds that the server has used so far. */
async function serverSeconds(url: string): Promise<number> {
  const client = createClient({ url })
  await client.connect()
  const info = await client.info('cpu')
  client.destroy()
  const used = (name: string) =>
    Number(new RegExp(`^used_cpu_${name}:([\\d.]+)`, 'm').exec(info)?.[1] ?? Number.NaN)
  return used('sys') + used('user')
}

/** Asks for one view again and again until told to stop; how many answers there were, and the slowest. */
function keepReading(views: StoreWorld['views']) {
  let reading = true
  const done = (async () => {
    const told = { answers: 0, slowestMs: 0 }
    while (reading) {
      const asked = performance.now()
      expect(await views.read(jobDoc('job-0'))).toBeDefined()
      told.slowestMs = Math.max(told.slowestMs, performance.now() - asked)
      told.answers += 1
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    return told
  })()
  return () => {
    reading = false
    return done
  }
}

await withServices(
  ['valkey'],
  ({ valkey }) => {
    const { url } = valkey.addresses

    test('100,000 facts are rebuilt into decisions, ledger and views in less than 30 s of processor time, and old views answer while new ones are built', async () => {
      await using log = await openProjectionWorld()
      const facts = [...manyFacts(FACTS)]
      const publish = async (from: number, to: number) => {
        for (let at = from; at < to; at += PART) await log.publish(facts.slice(at, at + PART))
      }
      await publish(0, FEW)
      await using first = await openStoreWorld(url)
      await build(log, first)
      const stop = keepReading(first.views)
      await build(log, first)
      const { answers, slowestMs } = await stop()

      await publish(FEW, FACTS)
      await using second = await openStoreWorld(url)
      const [started, cpu, server] = [performance.now(), process.cpuUsage(), await serverSeconds(url)]
      const count = await build(log, second)
      const seconds = (performance.now() - started) / 1000
      const { user, system } = process.cpuUsage(cpu)
      const [ours, theirs] = [(user + system) / 1e6, (await serverSeconds(url)) - server]
      console.log(
        `${count} facts rebuilt on Valkey in ${seconds.toFixed(1)} s (${ours.toFixed(1)} s of processor here, ` +
          `${theirs.toFixed(1)} s there); while ${FEW} were rebuilt ${answers} answers, slowest ${Math.round(slowestMs)} ms`,
      )
      expect(count).toBe(FACTS)
      expect(await second.views.read(jobDoc('job-0'))).toBeDefined()
      expect(await second.store.get(decisionKey('job-0'))).toBeDefined()
      expect(answers).toBeGreaterThan(3)
      expect(ours + theirs).toBeLessThan(30)
    }, 300_000)
  },
  { own: true },
)
