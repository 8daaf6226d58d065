// The second half of P9: what films that are worked on beside the gateway do to its answers and to its event loop.
import { loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { approve, call, submit, until } from '#test/e2e/rest.ts'
import { asFastAsItAnswers, atPace, type Figures, type Target } from './load.ts'
import { FILM, type StatusSite, statusOf } from './status-site.ts'

const FILMS = 4
const FILM_STARTS_WITHIN_MS = 300_000
const LOOP_P99 = /^syntonym_nodejs_eventloop_lag_p99_seconds(?:\{[^}]*\})? (\S+)$/m

export interface Pace {
  readonly perSecond: number
  readonly width: number
  readonly seconds: number
}
interface Watched {
  readonly reads: Figures
  /** How late a timer of 10 ms came, with those 10 ms. */
  readonly loopP99Ms: number
}

/** The gateway's own measure since it was last asked. */
async function loopP99Ms(metricsUrl: string): Promise<number> {
  const { body } = await call(metricsUrl, 'GET', '/metrics')
  return Number(LOOP_P99.exec(String(body))?.[1]) * 1_000
}

async function watched({ gateway }: StatusSite, target: Target, pace: Pace): Promise<Watched> {
  await loopP99Ms(gateway.metricsUrl)
  const reads = await atPace(target, pace, pace.seconds)
  return { reads, loopP99Ms: await loopP99Ms(gateway.metricsUrl) }
}

const said = ({ reads, loopP99Ms: loop }: Watched) =>
  `p50 ${reads.p50Ms.toFixed(1)}, p99 ${reads.p99Ms.toFixed(1)} ms, loop p99 ${loop.toFixed(1)} ms`

/** Films enough to keep a worker busy for longer than is measured; answers those in work. */
async function beginFilms({ site, gateway }: StatusSite): Promise<string> {
  await site.start('anonymizer')
  const films: string[] = []
  for (let n = 0; n < FILMS; n += 1) films.push(await submit(gateway.url, FILM))
  for (const film of films) await approve(gateway.url, film)
  const statuses = () => Promise.all(films.map((film) => call(gateway.url, 'GET', `/job_status/${film}`)))
  const inWork = (all: Awaited<ReturnType<typeof statuses>>) => all.findIndex(({ body }) => body.status === 2)
  const all = await until('a film in work', statuses, (now) => inWork(now) >= 0, FILM_STARTS_WITHIN_MS)
  return films[inWork(all)] ?? ''
}

/** Idle, then under load, in turn with the same job; the last line holds both against the goals. */
export async function underMediaLoad(site: StatusSite, pace: Pace): Promise<void> {
  await atPace(site.target, pace, 3)
  const idle = await watched(site, site.target, pace)
  console.log(`idle: ${said(idle)}`)
  const film = await beginFilms(site)
  // The load average is of the last minute.
  await sleep(5_000)
  const busy = await watched(site, site.target, pace)
  const { body } = await call(site.gateway.url, 'GET', `/job_status/${film}`)
  if (body.status !== 2) throw new Error('the film ended before the measuring did: ask for fewer --seconds')
  console.log(`under media load: ${said(busy)}`)
  // Made anew each time, from its tasks and the time left: what no kept answer serves.
  const running = await asFastAsItAnswers(statusOf(site.gateway, film), pace.width, 3)
  console.log(`a job in work: ${(running.cpuMsEach * 1_000).toFixed(0)} CPU-us each`)
  const reads = busy.reads.p99Ms / idle.reads.p99Ms
  const loop = busy.loopP99Ms / idle.loopP99Ms
  const isMet = reads <= 2 && loop <= 1.2 && busy.loopP99Ms < 20
  console.log(
    `front-door --load load=${loadavg()[0]?.toFixed(1)} p99 idle=${idle.reads.p99Ms.toFixed(1)}ms ` +
      `media=${busy.reads.p99Ms.toFixed(1)}ms ratio=${reads.toFixed(2)} goal<=2; ` +
      `loop p99 idle=${idle.loopP99Ms.toFixed(1)}ms media=${busy.loopP99Ms.toFixed(1)}ms ratio=${loop.toFixed(2)} ` +
      `goal<=1.2,<20ms ${isMet ? 'met' : 'missed'}`,
  )
}
