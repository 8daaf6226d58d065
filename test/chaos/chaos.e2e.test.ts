// A site under work whose processes are killed and whose servers go away at random moments: nothing acknowledged is lost.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { TASK_TIMING } from '#anonymizer/task/task-ports.ts'
import { FILM_TASKS } from '#schemas/topics.ts'
import { clusterServers } from '#test/cluster/cluster-servers.ts'
import { until } from '#test/e2e/rest.ts'
import { withServices } from '#test/services/with-services.ts'
import { type ChaosSite, FILM, openChaosSite, SMALL_FILM } from './chaos-site.ts'
import { flushAll, frozenFor, killedFor, killOne, rebalanceEvery, worksOnFilm } from './faults.ts'
import type { Clients } from './journeys.ts'
import { brokenPromises, countsOf } from './promises.ts'
import type { ReadFact } from './read-facts.ts'
import { seededRandom } from './seeded-random.ts'

const KILLS = Number(process.env.CHAOS_KILLS ?? 8)
/** How long a server stays away. */
const AWAY_MS = Number(process.env.CHAOS_AWAY_MS ?? 4_000)
/** One broker, or three that replicate. */
const KAFKA = process.env.CHAOS_BROKERS === '3' ? 'kafka3' : 'kafka'
const IS_LONG = KILLS >= 100
const CLIENTS = Number(process.env.CHAOS_CLIENTS ?? 3)
const SEED = Number(process.env.CHAOS_SEED ?? Date.now() % 1_000_000_000)
/** Between two kills at most; the restart of what was killed goes on meanwhile. */
const KILL_EVERY_MS = Number(process.env.CHAOS_KILL_EVERY_MS ?? 4_000)
const END_WITHIN_MS = 300_000
const LIMIT_MS = 240_000 + KILLS * (KILL_EVERY_MS + 5_000) + AWAY_MS * 10

await withServices(
  [KAFKA as 'kafka' | 'kafka3', 'registry', 'valkey', 's3'],
  ({ [KAFKA]: kafka, registry, valkey, s3 }) => {
    const random = seededRandom(SEED)
    const socket = inject('servicesSocket')
    const all: Clients[] = []
    let chaos: ChaosSite

    beforeAll(async () => {
      chaos = await openChaosSite(clusterServers({ kafka, registry, valkey, s3 }))
    }, 300_000)
    afterAll(async () => chaos?.[Symbol.asyncDispose](), 60_000)

    /** Clients work while `suffer` runs; then everything comes to its end, and every promise is looked at. */
    async function underLoad(name: string, suffer: () => Promise<string>): Promise<void> {
      const started = performance.now()
      const clients = chaos.clients(random.branch(name), END_WITHIN_MS)
      all.push(clients)
      const working = Promise.all(Array.from({ length: CLIENTS }, (_, i) => clients.join(`${name}-${i}`)))
      working.catch(() => undefined)
      const suffered = await suffer()
      clients.stop()
      await working
      await chaos.crew.allReady()
      const check = async () => brokenPromises(await chaos.evidence(all))
      // A deletion, the last removal of a lost attempt: what is cleared up a moment after a job's end.
      const isDone = (broken: readonly string[]) => broken.length === 0
      const broken = await until('promises', check, isDone, 60_000).catch(check)
      const seconds = Math.round((performance.now() - started) / 1_000)
      const counts = countsOf(await chaos.evidence(all))
      console.log(
        `chaos ${name}: seed=${SEED} ${suffered} ${JSON.stringify(counts)} heard=${JSON.stringify(clients.heard)} ` +
          `starts=${chaos.crew.starts()} broken=${broken.length} seconds=${seconds}`,
      )
      expect(broken).toEqual([])
      expect(clients.broken).toEqual([])
      expect(chaos.crew.unordered).toEqual([])
      expect(counts.ended).toBeGreaterThan(0)
      expect(await chaos.workFiles()).toEqual([])
    }

    /** Another member comes to the films' group and leaves it, every 5 s. */
    function sharedAnew() {
      const over = new AbortController()
      const group = 'syntonym.anonymizer.films'
      const where = { brokers: kafka.addresses.brokers, group, topic: FILM_TASKS.name }
      const times = rebalanceEvery(5_000, where, over.signal)
      const stop = () => {
        over.abort()
        return times
      }
      return { stop, [Symbol.asyncDispose]: async () => void (await stop()) }
    }

    test(`${KILLS} kills of any one process at random moments: every acknowledged task has exactly one end`, {
      timeout: LIMIT_MS,
    }, async () => {
      await underLoad('kills', async () => {
        const own = random.branch('killer')
        const killed: string[] = []
        for (let n = 0; n < KILLS; n += 1) {
          await sleep(own.between(0, KILL_EVERY_MS))
          killed.push(await killOne(chaos.crew, own))
        }
        const counted = Map.groupBy(killed, (name) => name)
        return `kills=${[...counted].map(([name, times]) => `${name}:${times.length}`).join(',')}`
      })
    })

    test(`the broker killed, the registry, the object store and Redis standing still, each for ${AWAY_MS / 1_000} s, and Redis emptied at random moments: nothing is lost, and every call is answered`, {
      timeout: LIMIT_MS,
    }, async () => {
      await underLoad('outages', async () => {
        const own = random.branch('outages')
        const pidOf = ({ members }: { members: readonly { pid: number }[] }) => members[0]?.pid ?? 0
        /** A room that starts meanwhile waits for what is away. */
        const withStart = async (away: Promise<void>) => {
          away.catch(() => undefined)
          await sleep(own.between(0, 500))
          chaos.crew.kill(own.pick(['projection', 'extractor', 'anonymizer-2']))
          await away
        }
        const member = own.between(0, kafka.members.length - 1)
        const outages = {
          broker: () => withStart(killedFor(socket, kafka, { member, awayMs: AWAY_MS })),
          registry: () => withStart(frozenFor(pidOf(registry), AWAY_MS)),
          objects: () => withStart(frozenFor(pidOf(s3), AWAY_MS)),
          redis: () => withStart(frozenFor(pidOf(valkey), AWAY_MS)),
          emptied: () => flushAll(valkey.addresses.url),
          emptiedAndKilled: async () => {
            // The end of a task may be decided and not yet on the bus.
            chaos.crew.kill(own.pick(['anonymizer-1', 'anonymizer-2', 'extractor', 'gateway-1']))
            await sleep(own.between(0, 200))
            await flushAll(valkey.addresses.url)
          },
        }
        for (const suffer of Object.values(outages)) {
          await sleep(own.between(500, 3_000))
          await suffer()
        }
        return `outages=${Object.keys(outages)}`
      })
    })

    if (IS_LONG)
      test('a film is done once while its group is shared anew every 5 s', {
        timeout: LIMIT_MS,
      }, async () => {
        const film = chaos.clients(random.branch('film'), END_WITHIN_MS)
        all.push(film)
        await using restless = sharedAnew()
        const started = performance.now()
        const jobId = await film.journey(`${SEED}-film`, { file: FILM })
        const times = await restless.stop()
        const evidence = await chaos.evidence(all)
        const starts = evidence.outcomes.filter(
          ({ jobId: of, type }) => of === jobId && type === 'TaskStarted',
        )
        const seconds = Math.round((performance.now() - started) / 1_000)
        console.log(`chaos film: rebalances=${times} starts=${starts.length} seconds=${seconds}`)
        expect(brokenPromises(evidence)).toEqual([])
        expect(times).toBeGreaterThan(1)
        // A newcomer leaves alone what is in work.
        expect(new Set(starts.map(({ id }) => id)).size).toBe(1)
      })

    test('a worker that stood still for three leases, in a group that is shared anew every 5 s, finds its film done by another, and its own result is refused', {
      timeout: LIMIT_MS,
    }, async () => {
      const film = chaos.clients(random.branch('frozen'), END_WITHIN_MS)
      all.push(film)
      await using restless = sharedAnew()
      const ending = film.journey(`${SEED}-frozen`, { file: IS_LONG ? FILM : SMALL_FILM })
      ending.catch(() => undefined)
      const pids = () => ['anonymizer-1', 'anonymizer-2'].map((name) => chaos.crew.at(name).pid)
      const atWork = async () => (await Promise.all(pids().map(worksOnFilm))).indexOf(true)
      const frozen = pids()[await until('a film in work', atWork, (index) => index >= 0, 60_000)] ?? 0
      await frozenFor(frozen, 3 * TASK_TIMING.leaseTtlMs)
      const jobId = await ending
      const times = await restless.stop()
      const mine = (facts: readonly ReadFact[], type: string) =>
        facts.filter((fact) => fact.jobId === jobId && fact.type === type).map(({ data }) => data.attempt)
      // It goes on, and finds out.
      const check = async () => brokenPromises(await chaos.evidence(all))
      await until('nothing of it is left', check, (broken) => broken.length === 0, 60_000)
      const evidence = await chaos.evidence(all)
      const [attempts, ends] = [
        mine(evidence.outcomes, 'TaskStarted'),
        mine(evidence.outcomes, 'TaskCompleted'),
      ]
      const results = evidence.objects.filter(({ key }) => key.startsWith(`jobs/${jobId}/output/`))
      console.log(
        `chaos frozen: rebalances=${times} attempts=${attempts} ends=${ends} results=${results.length}`,
      )
      expect(times).toBeGreaterThan(1)
      // Begun by the one and by the other; a newcomer leaves alone what is in work.
      expect(new Set(attempts).size).toBe(2)
      expect([...new Set(ends)]).toEqual([Math.max(...attempts)])
      expect(results.every(({ key }) => key.includes(`/${ends[0]}/`))).toBe(true)
      expect(chaos.crew.unordered).toEqual([])
    })
  },
  { own: true },
)
