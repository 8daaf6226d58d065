// The first half of P9: status reads of the gateway beside a bare Fastify with one Redis GET that answers the same bytes.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { createClient } from 'redis'
import { asFastAsItAnswers, type Figures, type Target } from './load.ts'
import type { StatusSite } from './status-site.ts'

const GOAL = 0.8
const KEY = 'bare'

export interface Turns {
  readonly rounds: number
  readonly width: number
  readonly seconds: number
}

async function bareServer({ redisUrl, body, target }: StatusSite): Promise<Target & Disposable> {
  const redis = createClient({ url: redisUrl })
  await redis.connect()
  await redis.set(KEY, body)
  redis.destroy()
  const program = join(import.meta.dirname, 'bare-server.ts')
  const child = spawn(process.execPath, [program, redisUrl, KEY], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const url = `${line.toString().trim()}${new URL(target.url).pathname}`
  return { url, pid: child.pid ?? 0, headers: {}, [Symbol.dispose]: () => void child.kill('SIGKILL') }
}

const median = (all: readonly number[]): number => all.toSorted((a, b) => a - b)[all.length >> 1] ?? 0
const microseconds = (all: readonly Figures[]): number => median(all.map((f) => f.cpuMsEach)) * 1_000
const said = ({ perSecond, cpuMsEach, p99Ms }: Figures) =>
  `${Math.round(perSecond)} a second, ${(cpuMsEach * 1_000).toFixed(0)} CPU-us each, p99 ${p99Ms.toFixed(1)} ms`

/** In turn, with the same connections, the same headers asked with and the same body answered. */
export async function besideBare(site: StatusSite, { rounds, width, seconds }: Turns): Promise<void> {
  using bare = await bareServer(site)
  for (const target of [site.target, bare]) await asFastAsItAnswers(target, width, 3)
  const all: { ours: Figures; bare: Figures }[] = []
  for (let round = 1; round <= rounds; round += 1) {
    const both = {
      ours: await asFastAsItAnswers(site.target, width, seconds),
      bare: await asFastAsItAnswers(bare, width, seconds),
    }
    if (both.ours.bodyBytes !== both.bare.bodyBytes) throw new Error('the two did not answer the same')
    all.push(both)
    console.log(`round ${round}: ours ${said(both.ours)}; bare ${said(both.bare)}`)
  }
  const speed = median(all.map(({ ours, bare: other }) => ours.perSecond / other.perSecond))
  const cpu = median(all.map(({ ours, bare: other }) => other.cpuMsEach / ours.cpuMsEach))
  console.log(
    `front-door load=${loadavg()[0]?.toFixed(1)} rounds=${rounds} connections=${width} ` +
      `ours=${microseconds(all.map(({ ours }) => ours)).toFixed(0)}us bare=${microseconds(all.map((r) => r.bare)).toFixed(0)}us ` +
      `cpu-ratio=${cpu.toFixed(2)} reads-ratio=${speed.toFixed(2)} goal>=${GOAL} ${speed >= GOAL ? 'met' : 'missed'}`,
  )
}
