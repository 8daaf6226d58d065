// P14: the client CPU of a task without pixels through the whole path, beside a no-op job of BullMQ in the same run.
// `npm run bench -- P14 [--tasks 1000] [--rounds 5] [--slots 16] [--parts]`; --parts also says where our CPU goes.
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ownClusterServers } from '#test/cluster/cluster-servers.ts'
import { servicesFolder } from '#test/services/cache-folder.ts'
import { startServiceHost } from '#test/services/start-host.ts'
import { cpuParts } from './P14/cpu-parts.ts'
import { type BullMq, installBullMq } from './P14/install-bullmq.ts'
import { openNoOpPath } from './P14/no-op-path.ts'

const { values } = parseArgs({
  options: {
    tasks: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '5' },
    slots: { type: 'string', default: '16' },
    parts: { type: 'boolean', default: false },
  },
})
const [TASKS, ROUNDS, SLOTS] = [Number(values.tasks), Number(values.rounds), Number(values.slots)]
const GOAL = 3

/** Milliseconds of this process's CPU, servers not counted. */
async function cpuOf(work: () => Promise<void>): Promise<{ cpuMs: number; wallMs: number }> {
  const [cpu, wall] = [process.cpuUsage(), performance.now()]
  await work()
  const { user, system } = process.cpuUsage(cpu)
  return { cpuMs: (user + system) / 1_000, wallMs: performance.now() - wall }
}

async function bullJobs({ Queue, Worker }: BullMq, url: string, jobs: number): Promise<void> {
  const { hostname, port } = new URL(url)
  const connection = { host: hostname, port: Number(port), maxRetriesPerRequest: null }
  const name = `p14-${Date.now()}`
  const queue = new Queue(name, { connection })
  const { promise: done, resolve } = Promise.withResolvers<void>()
  let completed = 0
  const worker = new Worker(name, async () => undefined, { connection, concurrency: SLOTS })
  await worker.waitUntilReady()
  worker.on('completed', () => {
    completed += 1
    if (completed === jobs) resolve()
  })
  await queue.addBulk(Array.from({ length: jobs }, (_, i) => ({ name: 'no-op', data: { i } })))
  await done
  await worker.close()
  await queue.close()
}

const median = (all: readonly number[]): number => all.toSorted((a, b) => a - b)[all.length >> 1] ?? 0

const bullMq = await installBullMq(join(servicesFolder(process.env), '..', 'bench'))
await using host = await startServiceHost()
const servers = await ownClusterServers(host.socket)
await using path = await openNoOpPath(servers, SLOTS)
// Warm: connections, the first fetches, and code that is compiled as it is in a process that runs for days.
await path.run(await path.prepare(TASKS))
await bullJobs(bullMq, servers.redisUrl, TASKS)
const ours: number[] = []
const theirs: number[] = []
for (let round = 1; round <= ROUNDS; round += 1) {
  const job = await path.prepare(TASKS)
  const one = await cpuOf(() => path.run(job))
  const other = await cpuOf(() => bullJobs(bullMq, servers.redisUrl, TASKS))
  ours.push(one.cpuMs / TASKS)
  theirs.push(other.cpuMs / TASKS)
  console.log(
    `round ${round}: ours ${(one.cpuMs / TASKS).toFixed(2)} CPU-ms a task (${Math.round((TASKS / one.wallMs) * 1_000)} a second), ` +
      `BullMQ ${(other.cpuMs / TASKS).toFixed(2)} CPU-ms a job (${Math.round((TASKS / other.wallMs) * 1_000)} a second)`,
  )
}
if (values.parts) {
  const job = await path.prepare(TASKS)
  for (const { name, share } of await cpuParts(() => path.run(job)))
    console.log(
      `${(share * 100).toFixed(0).padStart(3)} % ${(share * median(ours)).toFixed(2)} CPU-ms ${name}`,
    )
}
const ratio = median(ours) / median(theirs)
console.log(
  `P14 tasks=${TASKS} rounds=${ROUNDS} load=${loadavg()[0]?.toFixed(1)} ours=${median(ours).toFixed(2)} ` +
    `bullmq=${median(theirs).toFixed(2)} ratio=${ratio.toFixed(1)} goal<=${GOAL} ${ratio <= GOAL ? 'met' : 'missed'}`,
)
