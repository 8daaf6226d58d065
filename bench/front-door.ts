// P9: status reads of the gateway beside a bare Fastify with one Redis GET, and their p99 while films are worked on.
// `npm run bench -- front-door [--rounds 3] [--seconds 5]`
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile } from 'node:fs/promises'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createClient } from 'redis'
import { ownClusterServers } from '#test/cluster/cluster-servers.ts'
import { makeClusterSite } from '#test/cluster/cluster-site.ts'
import { repository } from '#test/e2e/dev-process.ts'
import { approve, call, submit, until } from '#test/e2e/rest.ts'
import { startServiceHost } from '#test/services/start-host.ts'
import { asFastAsItAnswers, atPace, type Figures, type Target } from './front-door/load.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '5' },
    width: { type: 'string', default: '16' },
    pace: { type: 'string', default: '50' },
  },
})
const [ROUNDS, SECONDS] = [Number(values.rounds), Number(values.seconds)]
const [WIDTH, PACE] = [Number(values.width), Number(values.pace)]
const FILM = 'crossing.mp4'

await using host = await startServiceHost()
const servers = await ownClusterServers(host.socket)
await using site = await makeClusterSite(servers, 'front-door')
await copyFile(join(repository, 'samples', FILM), join(site.jobsRoot, FILM))
await site.run('topics', 'create')
const [gateway] = await Promise.all([
  site.start('gateway'),
  site.start('projection'),
  site.start('extractor'),
])
const job = await submit(gateway.url, FILM)
const planned = await until(
  'the plan',
  () => call(gateway.url, 'GET', `/job_status/${job}`),
  ({ body }) => body.tasks?.[0]?.frames > 0 || body.total_credit_cost > 0,
)

/** Serves the very same bytes. */
async function bareServer(): Promise<Target & Disposable> {
  const redis = createClient({ url: servers.redisUrl })
  await redis.connect()
  await redis.set('bare', JSON.stringify(planned.body))
  redis.destroy()
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'front-door', 'bare-server.ts'), servers.redisUrl, 'bare'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const url = `${line.toString().trim()}/job_status/${job}`
  return { url, pid: child.pid ?? 0, headers: {}, [Symbol.dispose]: () => void child.kill('SIGKILL') }
}

const median = (all: readonly number[]): number => all.toSorted((a, b) => a - b)[all.length >> 1] ?? 0
const said = ({ perSecond, cpuMsEach, p99Ms }: Figures) =>
  `${Math.round(perSecond)} a second, ${cpuMsEach.toFixed(2)} CPU-ms each, p99 ${p99Ms.toFixed(1)} ms`

using bare = await bareServer()
const ours: Target = { url: `${gateway.url}/job_status/${job}`, pid: gateway.pid, headers: {} }
for (const target of [ours, bare]) await asFastAsItAnswers(target, WIDTH, 2)
const rounds: { ours: Figures; bare: Figures }[] = []
for (let round = 1; round <= ROUNDS; round += 1) {
  const both = {
    ours: await asFastAsItAnswers(ours, WIDTH, SECONDS),
    bare: await asFastAsItAnswers(bare, WIDTH, SECONDS),
  }
  rounds.push(both)
  console.log(`round ${round}: ours ${said(both.ours)}; bare ${said(both.bare)}`)
}
const speed = median(rounds.map((r) => r.ours.perSecond / r.bare.perSecond))
const cpu = median(rounds.map((r) => r.bare.cpuMsEach / r.ours.cpuMsEach))

const idle = await atPace(ours, PACE, 4 * SECONDS)
await site.start('anonymizer')
const films = [
  await submit(gateway.url, FILM),
  await submit(gateway.url, FILM),
  await submit(gateway.url, FILM),
]
for (const film of films) await approve(gateway.url, film)
await until(
  'a film in work',
  () => Promise.all(films.map((film) => call(gateway.url, 'GET', `/job_status/${film}`))),
  (all) => all.some(({ body }) => body.status === 2),
  180_000,
)
const busy = await atPace(ours, PACE, 4 * SECONDS)
const load = loadavg()[0]?.toFixed(1)
console.log(`idle: ${said(idle)}; under media load: ${said(busy)}`)
console.log(
  `front-door load=${load} reads=${speed.toFixed(2)} x bare (CPU ${cpu.toFixed(2)}) goal>=.8 ${speed >= 0.8 ? 'met' : 'missed'}; ` +
    `p99 ${idle.p99Ms.toFixed(1)} ms idle, ${busy.p99Ms.toFixed(1)} ms under load, ${(busy.p99Ms / idle.p99Ms).toFixed(1)} x goal<=2 ${busy.p99Ms <= 2 * idle.p99Ms ? 'met' : 'missed'}`,
)
