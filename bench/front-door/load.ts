// Asks a server over kept connections: as fast as it answers, or at a steady pace.
import { readFileSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Target {
  readonly url: string
  readonly pid: number
  readonly headers: Readonly<Record<string, string>>
}
export interface Figures {
  readonly answers: number
  readonly perSecond: number
  /** Of the server's process. */
  readonly cpuMsEach: number
  readonly p50Ms: number
  readonly p99Ms: number
}

const TICK_MS = 10

/** Ticks of user and system time, proc_pid_stat(5) fields 14 and 15. */
function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}

function asked({ url, headers }: Target, agent: Agent): Promise<number> {
  const started = performance.now()
  return new Promise((resolve, reject) => {
    get(url, { agent, headers }, (response) => {
      response.resume()
      response.once('end', () =>
        response.statusCode === 200
          ? resolve(performance.now() - started)
          : reject(new Error(`${url} answered ${response.statusCode}`)),
      )
    }).once('error', reject)
  })
}

function figuresOf(times: readonly number[], seconds: number, cpu: number): Figures {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? Number.NaN
  const answers = times.length
  return {
    answers,
    perSecond: answers / seconds,
    cpuMsEach: cpu / answers,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
  }
}

async function measured(target: Target, work: (agent: Agent, times: number[]) => Promise<unknown>) {
  const agent = new Agent({ keepAlive: true })
  const times: number[] = []
  const [cpu, started] = [cpuMs(target.pid), performance.now()]
  await work(agent, times)
  const seconds = (performance.now() - started) / 1_000
  agent.destroy()
  return figuresOf(times, seconds, cpuMs(target.pid) - cpu)
}

/** `width` requests at once, each followed by the next. */
export const asFastAsItAnswers = (target: Target, width: number, seconds: number): Promise<Figures> =>
  measured(target, (agent, times) => {
    const until = performance.now() + seconds * 1_000
    const one = async () => {
      while (performance.now() < until) times.push(await asked(target, agent))
    }
    return Promise.all(Array.from({ length: width }, one))
  })

/** So many a second, whether the last ones were answered or not. */
export const atPace = (target: Target, perSecond: number, seconds: number): Promise<Figures> =>
  measured(target, async (agent, times) => {
    const underWay: Promise<void>[] = []
    const started = performance.now()
    for (let n = 0; n < perSecond * seconds; n += 1) {
      await sleep(Math.max(0, started + (n * 1_000) / perSecond - performance.now()))
      underWay.push(asked(target, agent).then((ms) => void times.push(ms)))
    }
    await Promise.all(underWay)
  })
