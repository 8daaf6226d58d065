// Asks a server over kept connections: as fast as it answers, or at a steady pace. Costs little itself: bare sockets, one request on each.
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
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
  /** Of one answer's body. */
  readonly bodyBytes: number
}

const TICK_MS = 10
const END_OF_HEAD = '\r\n\r\n'

/** Ticks of user and system time, proc_pid_stat(5) fields 14 and 15. */
function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}

/** One connection: a request, its answer, the next request. Answers must say their length. */
class Line {
  readonly #socket: Socket
  readonly #request: string
  #answer: PromiseWithResolvers<number> | undefined
  #text = ''
  #wanted = 0
  bodyBytes = 0

  private constructor(socket: Socket, { url, headers }: Target) {
    const { pathname, host } = new URL(url)
    const rows = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
    this.#request = `GET ${pathname} HTTP/1.1\r\n${rows.join('')}\r\n`
    this.#socket = socket
    socket.setNoDelay(true)
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => this.#heard(text))
    socket.on('close', () => this.#answer?.reject(new Error(`${url} closed the connection`)))
    socket.on('error', (error) => this.#answer?.reject(error))
  }

  static async open(target: Target): Promise<Line> {
    const { hostname, port } = new URL(target.url)
    const socket = connect(Number(port), hostname)
    const line = new Line(socket, target)
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', reject)
    })
    return line
  }

  /** Resolves with the milliseconds until the whole answer was there. @throws for an answer that is not 200 */
  async ask(): Promise<number> {
    const started = performance.now()
    this.#answer = Promise.withResolvers<number>()
    this.#socket.write(this.#request)
    await this.#answer.promise
    return performance.now() - started
  }

  close(): void {
    this.#socket.destroy()
  }

  #heard(text: string): void {
    this.#text += text
    if (this.#wanted === 0) {
      const head = this.#text.indexOf(END_OF_HEAD)
      if (head < 0) return
      const length = /\r\ncontent-length: (\d+)/i.exec(this.#text.slice(0, head + 2))?.[1]
      if (length === undefined || !this.#text.startsWith('HTTP/1.1 200 ')) {
        this.#answer?.reject(new Error(`not an answer to measure: ${this.#text.slice(0, head)}`))
        return
      }
      this.bodyBytes = Number(length)
      this.#wanted = head + END_OF_HEAD.length + this.bodyBytes
    }
    if (this.#text.length < this.#wanted) return
    this.#text = ''
    this.#wanted = 0
    this.#answer?.resolve(0)
  }
}

function figuresOf(times: readonly number[], seconds: number, cpu: number, bodyBytes: number): Figures {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? Number.NaN
  const answers = times.length
  return {
    ...{ answers, bodyBytes },
    perSecond: answers / seconds,
    cpuMsEach: cpu / answers,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
  }
}

async function measured(
  target: Target,
  width: number,
  work: (lines: Line[], times: number[]) => Promise<unknown>,
): Promise<Figures> {
  const lines = await Promise.all(Array.from({ length: width }, () => Line.open(target)))
  const times: number[] = []
  const [cpu, started] = [cpuMs(target.pid), performance.now()]
  try {
    await work(lines, times)
    const seconds = (performance.now() - started) / 1_000
    return figuresOf(times, seconds, cpuMs(target.pid) - cpu, lines[0]?.bodyBytes ?? 0)
  } finally {
    for (const line of lines) line.close()
  }
}

/** `width` connections, each asking again as soon as it was answered. */
export const asFastAsItAnswers = (target: Target, width: number, seconds: number): Promise<Figures> =>
  measured(target, width, (lines, times) => {
    const until = performance.now() + seconds * 1_000
    const one = async (line: Line) => {
      while (performance.now() < until) times.push(await line.ask())
    }
    return Promise.all(lines.map(one))
  })

/**
 * So many a second. A request that finds every connection busy waits for the next one to be free, and its wait counts:
 * a server that stalls cannot hide behind a client that stopped asking.
 */
export const atPace = (
  target: Target,
  { perSecond, width }: { readonly perSecond: number; readonly width: number },
  seconds: number,
): Promise<Figures> =>
  measured(target, width, async (lines, times) => {
    const free = [...lines]
    const waiting: ((line: Line) => void)[] = []
    const taken = (): Promise<Line> => {
      const line = free.pop()
      return line === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(line)
    }
    const askOne = async () => {
      const due = performance.now()
      const line = await taken()
      await line.ask()
      times.push(performance.now() - due)
      const next = waiting.shift()
      if (next === undefined) free.push(line)
      else next(line)
    }
    const underWay: Promise<void>[] = []
    const started = performance.now()
    for (let n = 0; n < perSecond * seconds; n += 1) {
      await sleep(Math.max(0, started + (n * 1_000) / perSecond - performance.now()))
      underWay.push(askOne())
    }
    await Promise.all(underWay)
  })
