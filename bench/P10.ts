// P10: one long film on N workers, each on a core of its own, beside one worker on one core, through a real site.
// `npm run bench -- P10 [--workers 2] [--rounds 3] [--times 12]`; the film is the bundled crossing so many times over.
import { mkdirSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { processorMs } from '#anonymizer/worker/processor-time.ts'
import { ownClusterServers } from '#test/cluster/cluster-servers.ts'
import { makeClusterSite, type RoomProcess } from '#test/cluster/cluster-site.ts'
import { repository } from '#test/e2e/dev-process.ts'
import { approve, call, submit, waitForEnd } from '#test/e2e/rest.ts'
import { makeWithWitness, referenceFfmpeg } from '#test/film/reference-decoder.ts'
import { startServiceHost } from '#test/services/start-host.ts'

const { values } = parseArgs({
  options: {
    workers: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '3' },
    times: { type: 'string', default: '12' },
  },
})
const [WORKERS, ROUNDS, TIMES] = [Number(values.workers), Number(values.rounds), Number(values.times)]
const GOAL = 0.85
const PART_SECONDS = '4'
const FILM = 'crossing-again.mp4'
const END_LIMIT_MS = 3_600_000

if (availableParallelism() < WORKERS) throw new Error(`there are fewer than ${WORKERS} cores here`)
await using host = await startServiceHost()
await using site = await makeClusterSite(await ownClusterServers(host.socket), 'p10')
const input = ['-stream_loop', String(TIMES - 1), '-i', join(repository, 'samples', 'crossing.mp4')]
mkdirSync(site.jobsRoot, { recursive: true })
makeWithWitness(referenceFfmpeg() ?? '', [...input, '-c', 'copy', join(site.jobsRoot, FILM)])
await site.run('topics', 'create')
const starting = [site.start('projection'), site.start('extractor')]
const gateway = await site.start('gateway')
await Promise.all(starting)

interface Figures {
  readonly wallSeconds: number
  readonly cpuSeconds: number
  readonly frames: number
  readonly sha256: string
  readonly parts: number
}

/** One film from its approval to its result, on workers that were warm before. */
async function filmOn(workers: readonly RoomProcess[]): Promise<Figures> {
  const used = (): number => workers.reduce((sum, { pid }) => sum + processorMs(pid), 0)
  const job = await submit(gateway.url, FILM)
  const before = used()
  const started = performance.now()
  await approve(gateway.url, job)
  const end = await waitForEnd(gateway.url, job, END_LIMIT_MS)
  const wallSeconds = (performance.now() - started) / 1000
  if (end !== 3) throw new Error(`the film ended with status ${end}`)
  const { body } = await call(gateway.url, 'GET', `/job_result/${job}`)
  const [{ frames, output_sha256: sha256, rendering }] = body.tasks
  return { wallSeconds, cpuSeconds: (used() - before) / 1000, frames, sha256, parts: rendering.parts }
}

async function round(count: number): Promise<Figures> {
  const environment = {
    ...{ SYNTONYM_FILM_PART_SECONDS: PART_SECONDS, SYNTONYM_TASK_KINDS: 'film' },
    SYNTONYM_SHARE_FILMS: count === 1 ? '0' : '2',
  }
  const workers = await Promise.all(
    Array.from({ length: count }, (_, i) => site.start('anonymizer', environment, String(i))),
  )
  const figures = await filmOn(workers)
  await Promise.all(workers.map((worker) => worker.stop()))
  const { wallSeconds, cpuSeconds, frames, parts } = figures
  console.log(
    `${count} worker(s): ${wallSeconds.toFixed(1)} s, ${(frames / wallSeconds).toFixed(1)} frames/s, ${cpuSeconds.toFixed(1)} CPU-s, ${parts} parts, load ${loadavg()[0]?.toFixed(1)}`,
  )
  return figures
}

const median = (all: readonly number[]): number => all.toSorted((a, b) => a - b)[all.length >> 1] ?? 0
const pairs: { readonly one: Figures; readonly many: Figures }[] = []
for (let i = 0; i < ROUNDS; i++) pairs.push({ one: await round(1), many: await round(WORKERS) })
const gain = median(pairs.map(({ one, many }) => one.wallSeconds / many.wallSeconds))
const cost = median(pairs.map(({ one, many }) => many.cpuSeconds / one.cpuSeconds))
const same = pairs.every(({ one, many }) => one.sha256 === many.sha256)
console.log(
  `P10 one_film_on=${WORKERS} gain=${gain.toFixed(2)} per_worker=${(gain / WORKERS).toFixed(2)} target>=${GOAL} cpu_ratio=${cost.toFixed(2)} same_bytes=${same} load=${loadavg()[0]?.toFixed(1)}`,
)
